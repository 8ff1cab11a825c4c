import type net from 'node:net';
import { onAbort } from '../../kit/abort.ts';
import { deferred } from '../../kit/deferred.ts';
import { listenTcp } from './listenTcp.ts';
import { plainAddress } from './loopback.ts';

/** How long a port waits for its one connection. */
export const PORT_WAIT_MS = 30_000;

export interface TransferPort {
  readonly port: number;
  /** The one connection, paused; null when none came in time. Rejects with the signal's reason. */
  readonly connection: Promise<net.Socket | null>;
}

/**
 * An ephemeral port that takes one connection, from one address only, and closes when it has it, when its time is over, or
 * with the signal. Somebody else's connection is cut off and changes nothing.
 */
export async function openTransferPort(
  init: { readonly host: string; readonly from: string; readonly waitMs?: number },
  options: { signal: AbortSignal },
): Promise<TransferPort> {
  const found = deferred<net.Socket | null>();
  found.promise.catch(() => {});
  const wanted = plainAddress(init.from);
  let taken = false;
  const listener = await listenTcp({ host: init.host, port: 0 }, (socket) => {
    if (taken || plainAddress(socket.remoteAddress) !== wanted) {
      socket.destroy();
      return;
    }
    taken = true;
    close();
    found.resolve(socket);
  });
  const close = (): void => {
    clearTimeout(timer);
    link.dispose();
    void listener.close();
  };
  const timer = setTimeout(() => {
    taken = true;
    close();
    found.resolve(null);
  }, init.waitMs ?? PORT_WAIT_MS);
  const link = onAbort(options.signal, (reason) => {
    taken = true;
    clearTimeout(timer);
    void listener.close();
    found.reject(reason);
  });
  return { port: listener.port, connection: found.promise };
}
