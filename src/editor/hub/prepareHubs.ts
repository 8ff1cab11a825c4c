import type { LinkedEngine } from '../engineLink.ts';
import type { HubKeyStore } from './hubKeyStore.ts';
import type { HubMirror } from './hubMirror.ts';

export interface HubPreparation {
  readonly hubs: HubMirror;
  readonly keys: HubKeyStore;
  /** Told of what did not work; the hub concerned says so by itself. */
  readonly onFailed: (error: unknown) => void;
}

/** Gives a fresh engine the keys of its hubs, which it keeps in memory only, and takes over what it knows. */
export async function prepareHubs(engine: LinkedEngine, { hubs, keys, onFailed }: HubPreparation): Promise<void> {
  const { own, joined } = await engine.request('hubs', undefined);
  try {
    if (own?.state === 'key-needed') {
      const start = await keys.own();
      if (start !== null) await engine.request('startHub', start);
    }
    for (const { address, state, own: isOwn } of joined) {
      if (state !== 'key-needed' || isOwn) continue;
      const key = await keys.keyOf(address);
      if (key !== null) await engine.request('joinHub', { address, key });
    }
    await keys.forgetAllBut(new Set(joined.map(({ address }) => address)));
    if (own === null) await keys.forgetOwn();
  } catch (error) {
    onFailed(error);
  }
  // Between this answer and the mirror nothing may be awaited.
  hubs.replaceAll(await engine.request('hubs', undefined));
}
