import * as vscode from 'vscode';
import { type LimitChoice, limitChoices } from '../limitChoices.ts';
import { localize as t } from '../localize.ts';

type LimitItem = vscode.QuickPickItem & LimitChoice;

/**
 * Asks for a speed: one of a list, or typed. Bytes per second, 0 for no limit; null when the user gives up.
 * @param current see `limitChoices`
 */
export async function promptLimit(what: string, current: number | null): Promise<number | null> {
  const pick = vscode.window.createQuickPick<LimitItem>();
  pick.title = t('Limit the Speed of {what}', { what });
  pick.placeholder = t('Choose a speed, or type one such as 500k or 1.5M');
  const show = (typed: string) => {
    pick.items = limitChoices(typed, current, t).map((choice) => ({
      ...choice,
      ...(choice.current ? { description: t('now') } : {}),
      // What is typed as 1.5M reads 1.5 MB/s in the list, and would be filtered out.
      alwaysShow: choice.typed,
    }));
    const [first] = pick.items;
    const selected = first?.typed ? first : pick.items.find((item) => item.current);
    if (selected) pick.activeItems = [selected];
  };
  show('');
  const chosen = new Promise<number | null>((resolve) => {
    pick.onDidChangeValue(show);
    pick.onDidAccept(() => {
      const [item] = pick.selectedItems;
      if (item) resolve(item.bytesPerSecond);
    });
    pick.onDidHide(() => resolve(null));
  });
  pick.show();
  try {
    return await chosen;
  } finally {
    pick.dispose();
  }
}
