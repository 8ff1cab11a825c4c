import * as vscode from 'vscode';
import type { TaskSnapshot } from '../../contract/task.ts';
import { formatBytes } from '../../kit/format.ts';
import { localize as t } from '../localize.ts';
import { downloadCount } from '../taskText.ts';
import { lostByCancel } from '../whatIsLost.ts';

/** Asks only when something would be lost. */
export async function confirmCancel(tasks: readonly TaskSnapshot[]): Promise<boolean> {
  const lost = lostByCancel(tasks);
  if (lost === null) return true;
  const single = tasks.length === 1;
  const yes = single ? t('Cancel Download') : t('Cancel Downloads');
  const detail = lost === 'bytes' ? t('What has arrived so far is deleted.') : t('Their links are forgotten.');
  const answer = await vscode.window.showWarningMessage(
    t('Cancel {what}?', { what: whatOf(tasks) }),
    { modal: true, detail },
    { title: yes },
    { title: single ? t('Keep It') : t('Keep Them'), isCloseAffordance: true },
  );
  return answer?.title === yes;
}

/** Nothing can be taken along into another folder. */
export async function confirmBeginAnew(tasks: readonly TaskSnapshot[]): Promise<boolean> {
  if (lostByCancel(tasks) !== 'bytes') return true;
  const yes = t('Begin Anew');
  const answer = await vscode.window.showWarningMessage(
    t('Download {what} to another folder?', { what: whatOf(tasks) }),
    { modal: true, detail: t('What has arrived so far is deleted.') },
    yes,
  );
  return answer === yes;
}

/** What becomes of the part files of failed downloads, which nobody would find again. */
export async function askAboutParts(parts: readonly TaskSnapshot[]): Promise<'keep' | 'delete' | 'give-up'> {
  if (parts.length === 0) return 'keep';
  const receivedBytes = parts.reduce((sum, part) => sum + part.receivedBytes, 0);
  const answer = await vscode.window.showWarningMessage(
    t('Remove {what} from the list?', { what: whatOf(parts) }),
    {
      modal: true,
      detail: t('{size} have arrived. If you keep them, the same link to the same folder goes on from there.', {
        size: formatBytes(receivedBytes),
      }),
    },
    // First what Enter does, of which nothing is lost.
    { title: t('Keep on Disk'), choice: 'keep' as const },
    { title: t('Delete What Has Arrived'), choice: 'delete' as const },
  );
  return answer?.choice ?? 'give-up';
}

/** The name of the one, or how many. */
export function whatOf(tasks: readonly TaskSnapshot[]): string {
  const [first] = tasks;
  return tasks.length === 1 && first ? first.name : downloadCount(tasks.length, t);
}
