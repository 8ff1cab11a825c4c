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
  try {
    // Before the hubs: what another window joins or starts, and keeps the key of, from now on was not left.
    const kept = await keys.hubs();
    const start = await keys.own();
    const { own, joined } = await engine.request('hubs', undefined);
    if (own?.state === 'key-needed' && start !== null) await engine.request('startHub', start);
    for (const { address, state, own: isOwn } of joined) {
      if (state !== 'key-needed' || isOwn) continue;
      const key = await keys.keyOf(address);
      if (key !== null) await engine.request('joinHub', { address, key });
    }
    for (const address of kept) {
      if (!joined.some((hub) => hub.address === address)) await keys.forget(address);
    }
    if (own === null && start !== null) await keys.forgetOwn();
  } catch (error) {
    onFailed(error);
  }
  // Between this answer and the mirror nothing may be awaited.
  hubs.replaceAll(await engine.request('hubs', undefined));
}
