import { TributaryError } from '../../contract/errors.ts';
import type { RunTaskComponents } from './runComponents.ts';
import type { Task } from './task.ts';

/** One more link for a run under way; one that begins later opens it by itself. @throws TributaryError of the link */
export async function joinRun(
  task: Task,
  link: string,
  { openSources }: Pick<RunTaskComponents, 'openSources'>,
): Promise<void> {
  const { supply } = task;
  if (supply === null) return;
  try {
    for (const source of await openSources(task, link)) supply.offer(source);
  } catch (error) {
    // The link is kept all the same: the next run may find somebody.
    if (!(error instanceof TributaryError && error.code === 'no-seed')) throw error;
    task.linkFailed(link, error);
  }
}
