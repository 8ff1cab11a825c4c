import * as vscode from 'vscode';
import type { TaskSnapshot } from '../../contract/task.ts';
import { formatBytes } from '../../kit/format.ts';
import type { EngineLink } from '../engineLink.ts';
import { localize as t } from '../localize.ts';
import type { TaskMirror } from '../taskMirror.ts';
import { downloadCount, waitsForRetry } from '../taskText.ts';
import type { TreeNode } from '../views/treeNode.ts';
import { leavingParts, lostByCancel } from '../whatIsLost.ts';
import { promptLimit } from './promptLimit.ts';
import { nodesOf, pickTargets, type TargetQuestion, tasksOf, UNFINISHED } from './taskTargets.ts';

export interface TaskCommandsInit {
  readonly link: EngineLink;
  readonly mirror: TaskMirror;
  /** What is selected in the Downloads view. */
  readonly selection: () => readonly TreeNode[];
}

/** Commands that change downloads; each works on a line of the tree, a selection, or what the user picks from a list. */
export function taskCommands({ link, mirror, selection }: TaskCommandsInit) {
  const onEach =
    (question: TargetQuestion, run: (task: TaskSnapshot) => Promise<unknown>) =>
    async (...args: unknown[]) =>
      forEachTask(await pickTargets(args, question, mirror), run);

  const cancel = async (tasks: readonly TaskSnapshot[]) => {
    if (await confirmCancel(tasks)) await forEachTask(tasks, ({ id }) => link.request('cancel', { id }));
  };

  const remove = async (tasks: readonly TaskSnapshot[]) => {
    const parts = leavingParts(tasks);
    const choice = await askAboutParts(parts);
    if (choice === 'give-up') return;
    const request = (task: TaskSnapshot) => (choice === 'delete' && parts.includes(task) ? 'cancel' : 'remove');
    await forEachTask(tasks, (task) => link.request(request(task), { id: task.id }));
  };

  return {
    pause: onEach(
      {
        states: ['active', 'queued'],
        also: waitsForRetry,
        ask: t('Pause which download?'),
        none: t('No download is running.'),
      },
      ({ id }) => link.request('pause', { id }),
    ),
    resume: onEach(
      { states: ['paused'], ask: t('Resume which download?'), none: t('No download is paused.') },
      ({ id }) => link.request('resume', { id }),
    ),
    retry: onEach(
      { states: ['failed'], ask: t('Retry which download?'), none: t('No download has failed.') },
      ({ id }) => link.request('retry', { id }),
    ),
    remove: async (...args: unknown[]) => {
      const question: TargetQuestion = {
        states: ['failed', 'completed'],
        ask: t('Remove which download from the list?'),
        none: t('There is no ended download to remove.'),
      };
      await remove(await pickTargets(args, question, mirror));
    },
    moveUp: onEach(
      { states: ['queued'], ask: t('Move up which download?'), none: t('No download is queued.') },
      ({ id }) => link.request('move', { id, direction: 'up' }),
    ),
    moveDown: onEach(
      { states: ['queued'], ask: t('Move down which download?'), none: t('No download is queued.') },
      ({ id }) => link.request('move', { id, direction: 'down' }),
    ),
    limitDownload: async (...args: unknown[]) => {
      const question = {
        states: UNFINISHED,
        ask: t('Limit the speed of which download?'),
        none: t('There is no unfinished download.'),
      };
      const tasks = await pickTargets(args, question, mirror);
      const [first] = tasks;
      if (!first) return;
      const isSame = tasks.every((task) => task.limitBytesPerSecond === first.limitBytesPerSecond);
      const bytesPerSecond = await promptLimit(whatOf(tasks), isSame ? first.limitBytesPerSecond : null);
      if (bytesPerSecond === null) return;
      await forEachTask(tasks, ({ id }) => link.request('limitTask', { id, bytesPerSecond }));
    },
    cancel: async (...args: unknown[]) =>
      cancel(
        await pickTargets(
          args,
          {
            states: ['active', 'queued', 'paused'],
            ask: t('Cancel which download?'),
            none: t('There is no download to cancel.'),
          },
          mirror,
        ),
      ),
    discard: async (...args: unknown[]) => {
      const nodes = nodesOf(args);
      const tasks = tasksOf(nodes.length > 0 ? nodes : selection(), mirror);
      const isEnded = (task: TaskSnapshot) => task.status.state === 'completed' || task.status.state === 'failed';
      await remove(tasks.filter(isEnded));
      await cancel(tasks.filter((task) => !isEnded(task)));
    },
    pauseAll: () => link.request('pauseAll', undefined),
    resumeAll: () => link.request('resumeAll', undefined),
    clearCompleted: () => link.request('clearCompleted', undefined),
  };
}

/** All are tried; the first failure is thrown when all are through. */
async function forEachTask(
  tasks: readonly TaskSnapshot[],
  run: (task: TaskSnapshot) => Promise<unknown>,
): Promise<void> {
  const results = await Promise.allSettled(tasks.map(run));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
}

/** Asks only when something would be lost. */
async function confirmCancel(tasks: readonly TaskSnapshot[]): Promise<boolean> {
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

/** What becomes of the part files of failed downloads, which nobody would find again. */
async function askAboutParts(parts: readonly TaskSnapshot[]): Promise<'keep' | 'delete' | 'give-up'> {
  if (parts.length === 0) return 'keep';
  const receivedBytes = parts.reduce((sum, part) => sum + part.receivedBytes, 0);
  const answer = await vscode.window.showWarningMessage(
    t('Remove {what} from the list?', { what: whatOf(parts) }),
    {
      modal: true,
      detail: t('{size} have arrived. Kept, they stay on disk as .part, from which the same link may go on.', {
        size: formatBytes(receivedBytes),
      }),
    },
    { title: t('Delete What Has Arrived'), choice: 'delete' as const },
    { title: t('Keep It on Disk'), choice: 'keep' as const },
  );
  return answer?.choice ?? 'give-up';
}

/** The name of the one, or how many. */
function whatOf(tasks: readonly TaskSnapshot[]): string {
  const [first] = tasks;
  return tasks.length === 1 && first ? first.name : downloadCount(tasks.length, t);
}
