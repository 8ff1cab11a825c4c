import type net from 'node:net';
import { onAbort } from '../../kit/abort.ts';
import { deferred } from '../../kit/deferred.ts';
import type { Disposable } from '../../kit/disposables.ts';
import { listenTcp } from './listenTcp.ts';
import { plainAddress } from './plainAddress.ts';

/** How long a port waits for its one connection. */
const PORT_WAIT_MS = 30_000;
/** And after whoever it is for has left: a connection that was made before may still be in the queue. */
const LEFT_WAIT_MS = 1000;

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
  options: { readonly signal: AbortSignal; readonly left?: AbortSignal },
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
    close();
    found.resolve(socket);
  });
  const close = (): void => {
    taken = true;
    clearTimeout(timer);
    for (const link of links) link.dispose();
    void listener.close();
  };
  const giveUp = (): void => {
    close();
    found.resolve(null);
  };
  let timer = setTimeout(giveUp, init.waitMs ?? PORT_WAIT_MS);
  const links: Disposable[] = [];
  if (options.left !== undefined)
    links.push(
      onAbort(options.left, () => {
        clearTimeout(timer);
        timer = setTimeout(giveUp, LEFT_WAIT_MS);
      }),
    );
  links.push(
    onAbort(options.signal, (reason) => {
      close();
      found.reject(reason);
    }),
  );
  return { port: listener.port, connection: found.promise };
}
