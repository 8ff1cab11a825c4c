import type { OnReadOpts, Socket } from 'node:net';
import { TributaryError } from '../../contract/errors.ts';
import { ChildAbort } from '../../kit/abort.ts';
import type { AddressBook } from './addressBook.ts';
import { type DialOptions, dial } from './dial.ts';
import { toNetworkError, toProxyError } from './networkError.ts';
import { forwarder, type Route } from './route.ts';
import { askForTunnel } from './tunnel.ts';

const HTTP_1 = ['http/1.1'];

export interface OpenOptions {
  readonly signal: AbortSignal;
  readonly addresses: AddressBook;
  /** Until the connection stands: lookup, proxy, tunnel and TLS together. */
  readonly connectMs: number;
  /** Offered to a secure origin (ALPN). @default HTTP/1.1 alone */
  readonly protocols?: readonly string[];
  /** Memory for what is read; not heeded in a tunnel (see `copyReads`). */
  readonly onread?: OnReadOpts;
}

/**
 * A connection to a route's origin, or, for plain links behind a proxy, to the proxy.
 * @throws TributaryError of the network that tells the proxy's failures from the origin's; the signal's reason when aborted
 */
export async function openRoute(route: Route, options: OpenOptions): Promise<Socket> {
  const deadline = new ChildAbort(options.signal);
  const timer = setTimeout(() => deadline.abort(new TributaryError('connect-timeout')), options.connectMs);
  try {
    return await open(route, { ...options, protocols: options.protocols ?? HTTP_1, signal: deadline.signal });
  } catch (error) {
    options.signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
    deadline.dispose();
  }
}

async function open(route: Route, options: DialOptions): Promise<Socket> {
  const { origin, proxy, host } = route;
  const failed = (error: unknown): never => {
    throw toNetworkError(error, host);
  };
  if (proxy === null) return dial(origin, options).catch(failed);
  const { onread, ...plainly } = options;
  const proxyFailed = (error: unknown): never => {
    throw toProxyError(error, proxy.host);
  };
  if (forwarder(route) !== null) return dial(proxy, { ...options, protocols: HTTP_1 }).catch(proxyFailed);
  const socket = await dial(proxy, { ...plainly, protocols: HTTP_1 }).catch(proxyFailed);
  try {
    await askForTunnel(socket, { proxy, origin }, options);
  } catch (error) {
    socket.destroy();
    return proxyFailed(error);
  }
  return dial(origin, { ...plainly, over: socket }).catch(failed);
}
