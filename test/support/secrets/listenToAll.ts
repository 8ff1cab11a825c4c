import type { EngineEvents } from '../../../src/contract/engineApi.ts';
import type { EngineClient } from '../engineProcess.ts';

const EVENTS = [
  'changed',
  'log',
  'download_chunk_started',
  'download_chunk_progress',
  'download_chunk_complete',
  'download_chunk_failed',
] as const satisfies readonly (keyof EngineEvents)[];

/** Keeps everything that an engine tells one client, chunk events included, as the text that went over the socket. */
export async function listenToAll(client: EngineClient): Promise<{ readonly told: Map<keyof EngineEvents, string[]> }> {
  const told = new Map<keyof EngineEvents, string[]>(EVENTS.map((name) => [name, []]));
  for (const name of EVENTS) client.rpc.on(name, (payload) => void told.get(name)?.push(JSON.stringify(payload)));
  await client.rpc.request('subscribeChunks', { enabled: true });
  return { told };
}
