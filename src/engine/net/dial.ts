import net from 'node:net';
import tls from 'node:tls';
import { onAbort } from '../../kit/abort.ts';
import type { AddressBook } from './addressBook.ts';
import type { Endpoint } from './route.ts';

/**
 * How long one of several addresses is waited for. Node gives an attempt up when its time is over, instead of racing it with
 * the next one (RFC 8305), so this must be longer than any round trip: with Node's 250 ms a host 300 ms away is
 * only ever reached at its last address. A lost first packet is sent again after one second.
 */
const ATTEMPT_MS = 1200;

export interface DialOptions {
  readonly signal: AbortSignal;
  readonly addresses: AddressBook;
  /** Offered in the TLS handshake (ALPN). */
  readonly protocols: readonly string[];
  /** Memory for what is read; heeded unless `over` is given (see `copyReads`). */
  readonly onread?: net.OnReadOpts;
  /** A connection that goes there already: TLS is put on top of it. */
  readonly over?: net.Socket;
}

/**
 * A connection that stands, its certificate checked.
 * @throws Node's socket error; the signal's reason when aborted
 */
export function dial(to: Endpoint, options: DialOptions): Promise<net.Socket> {
  const { signal, over } = options;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      over?.destroy();
      reject(signal.reason);
      return;
    }
    const socket = start(to, options);
    // In TLS 1.3 a request comes right behind the end of the handshake: Nagle's algorithm may hold it back until that is
    // acknowledged, a round trip later.
    socket.setNoDelay(true);
    const link = onAbort(signal, (reason) => fail(reason));
    const fail = (error: unknown): void => {
      link.dispose();
      socket.destroy();
      reject(error);
    };
    socket.once('error', fail);
    socket.once('close', () => fail(new Error('closed')));
    if (over === undefined) socket.once('connect', () => options.addresses.connected(to.hostname, socket));
    socket.once(to.tls === null ? 'connect' : 'secureConnect', () => {
      link.dispose();
      resolve(socket);
    });
  });
}

function start(to: Endpoint, { addresses, onread, over, protocols }: DialOptions): net.Socket {
  const way =
    over === undefined
      ? {
          port: to.port,
          lookup: addresses.lookup,
          autoSelectFamily: true,
          autoSelectFamilyAttemptTimeout: ATTEMPT_MS,
          ...(onread === undefined ? {} : { onread }),
        }
      : { socket: over };
  const address = { ...way, host: to.hostname };
  if (to.tls === null) return net.connect({ port: to.port, ...address });
  return tls.connect({
    ...address,
    secureContext: to.tls.context,
    rejectUnauthorized: to.tls.verified,
    ALPNProtocols: [...protocols],
    // An address is no server name, and the dot at the end of a complete one does not belong to it (RFC 6066 §3).
    servername: net.isIP(to.hostname) === 0 ? to.hostname.replace(/\.$/, '') : '',
  });
}
