import type { TaskSnapshot } from '../../contract/task.ts';
import type { EngineLink } from '../engineLink.ts';
import { localize as t } from '../localize.ts';
import type { TaskMirror } from '../taskMirror.ts';
import { waitsForRetry } from '../taskText.ts';
import type { TreeNode } from '../views/treeNode.ts';
import { leavingParts } from '../whatIsLost.ts';
import { promptLimit } from './promptLimit.ts';
import { askAboutParts, confirmBeginAnew, confirmCancel, whatOf } from './taskQuestions.ts';
import { nodesOf, pickTargets, type TargetQuestion, tasksOf, UNFINISHED } from './taskTargets.ts';

export interface TaskCommandsInit {
  readonly link: EngineLink;
  readonly mirror: TaskMirror;
  /** What is selected in the Downloads view. */
  readonly selection: () => readonly TreeNode[];
  /** Asks where something should go; null when the user gives up. */
  readonly chooseFolder: (what: string) => Promise<string | null>;
}

/** Commands that change downloads; each works on a line of the tree, a selection, or what the user picks from a list. */
export function taskCommands({ link, mirror, selection, chooseFolder }: TaskCommandsInit) {
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
    changeFolder: async (...args: unknown[]) => {
      const question: TargetQuestion = {
        states: ['paused', 'failed'],
        ask: t('Change the folder of which download?'),
        none: t('No download is paused, and none has failed.'),
      };
      const tasks = await pickTargets(args, question, mirror);
      const folder = tasks.length === 0 || !(await confirmBeginAnew(tasks)) ? null : await chooseFolder(whatOf(tasks));
      if (folder !== null) await forEachTask(tasks, ({ id }) => link.request('changeFolder', { id, folder }));
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
      // The keyboard moves the focus and leaves the selection where it was: package.json asks for the line with the focus.
      const [focused] = nodesOf(args);
      const nodes = focused === undefined || selection().includes(focused) ? selection() : [focused];
      const tasks = tasksOf(nodes, mirror);
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
