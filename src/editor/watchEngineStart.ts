import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Disposable } from '../kit/disposables.ts';

/** Polled: the editor's own watcher tells nothing of a file in a folder that was not there when it began. */
const LOOK_MS = 1_000;
/** File times are behind the clock by so much at most: what was written since is not taken for older. */
const CLOCK_STEP_MS = 50;

/**
 * Calls back when an engine begins to run in that folder, whoever has started it: it writes down there, once, how it is
 * reached. Not for one that runs already.
 */
export function watchEngineStart(stateFolder: string, onStart: () => void, { lookMs = LOOK_MS } = {}): Disposable {
  const rendezvous = join(stateFolder, 'engine.json');
  const beganMs = Date.now() - CLOCK_STEP_MS;
  let seenMs: number | null = null;
  let isFirst = true;
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const look = async (): Promise<void> => {
    const writtenMs = await modifiedMs(rendezvous);
    if (isOver) return;
    // Later times are only compared with one another: the file may be on a machine with another clock.
    const isNew = isFirst ? writtenMs !== null && writtenMs >= beganMs : writtenMs !== null && writtenMs !== seenMs;
    isFirst = false;
    seenMs = writtenMs;
    timer = setTimeout(look, lookMs).unref();
    if (isNew) onStart();
  };
  void look();
  return {
    dispose: () => {
      isOver = true;
      clearTimeout(timer);
    },
  };
}

/** Null: there is none. */
async function modifiedMs(path: string): Promise<number | null> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => null,
  );
}
