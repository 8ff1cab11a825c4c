import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Disposable } from '../kit/disposables.ts';

/** Polled: the editor's own watcher tells nothing of a file in a folder that was not there when it began. */
const LOOK_MS = 1_000;

/**
 * Calls back when an engine begins to run in that folder, whoever has started it, and for one that runs already: it writes
 * down there how it is reached. One that was killed has left that behind.
 */
export function watchEngineStart(stateFolder: string, onStart: () => void, { lookMs = LOOK_MS } = {}): Disposable {
  const rendezvous = join(stateFolder, 'engine.json');
  let seen: string | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isEnded = false;
  // Not `watchFile`: what is there when it begins to look is nothing new for it.
  const look = async () => {
    // Written once by each engine, and gone when there is none.
    const now = await stat(rendezvous).then(
      ({ ino, mtimeMs }) => `${ino} ${mtimeMs}`,
      () => null,
    );
    if (isEnded) return;
    timer = setTimeout(look, lookMs).unref();
    if (now !== null && now !== seen) onStart();
    seen = now;
  };
  void look();
  return {
    dispose: () => {
      isEnded = true;
      clearTimeout(timer);
    },
  };
}
