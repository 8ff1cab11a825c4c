import * as vscode from 'vscode';
import type { TributaryError } from '../contract/errors.ts';
import { COMMANDS } from './contributions.ts';
import type { EngineLink } from './engineLink.ts';
import { errorText } from './errorText.ts';
import { localize as t } from './localize.ts';

/** The one notification about an engine that keeps dying, or that this window is too old for. */
export async function tellEngineTrouble(error: TributaryError, link: EngineLink): Promise<void> {
  if (error.code === 'version-mismatch') {
    const reload = t('Reload Window');
    const text = t('A newer Tributary is running in another window. Reload this window to use it too.');
    const choice = await vscode.window.showErrorMessage(text, reload);
    if (choice === reload) await vscode.commands.executeCommand('workbench.action.reloadWindow');
    return;
  }
  const restart = t('Restart');
  const showLog = t('Show Log');
  const text = t('The download engine keeps ending. {reason}', { reason: errorText(error, t) });
  const choice = await vscode.window.showErrorMessage(text, restart, showLog);
  if (choice === restart) link.restart();
  if (choice === showLog) await vscode.commands.executeCommand(COMMANDS.showLog);
}
