import { type StatsListener, unwatchFile, watchFile } from 'node:fs';
import { join } from 'node:path';
import type { Disposable } from '../kit/disposables.ts';

/** Polled: the editor's own watcher tells nothing of a file in a folder that was not there when it began. */
const LOOK_MS = 1_000;

/**
 * Calls back, perhaps more than once, when an engine begins to run in that folder, whoever has started it: it writes down there how it is
 * reached. Not for one that runs already.
 */
export function watchEngineStart(stateFolder: string, onStart: () => void, { lookMs = LOOK_MS } = {}): Disposable {
  const rendezvous = join(stateFolder, 'engine.json');
  // Any change: it is written once by each engine, and gone when there is none.
  const look: StatsListener = ({ nlink }) => {
    if (nlink > 0) onStart();
  };
  watchFile(rendezvous, { interval: lookMs, persistent: false }, look);
  return { dispose: () => unwatchFile(rendezvous, look) };
}
