import type { Socket } from 'node:net';
import { TributaryError } from '../../contract/errors.ts';
import { onAbort } from '../../kit/abort.ts';
import { deferred } from '../../kit/deferred.ts';
import { authorityOf } from '../intake/authority.ts';
import { parseResponseHead } from '../protocols/http/responseHead.ts';
import type { Endpoint, ForwardProxy } from './route.ts';

/** Of the statuses by which a proxy refuses, those that tell of its state rather than of its rules. */
const PASSING = new Set([408, 429]);

/**
 * Asks a proxy for a tunnel to an origin (CONNECT, RFC 9110 §9.3.6). Afterwards the socket's bytes are the origin's.
 * @param socket a connection to the proxy that nobody reads yet
 * @throws TributaryError `proxy-auth-required`, `proxy-refused`, `proxy-failed`, `bad-response`, `connection-lost`; Node's socket error;
 * the signal's reason when aborted
 */
export async function askForTunnel(
  socket: Socket,
  to: { readonly proxy: ForwardProxy; readonly origin: Endpoint },
  options: { signal: AbortSignal },
): Promise<void> {
  const { proxy, origin } = to;
  const authority = authorityOf(origin);
  const authorization = proxy.authorization === null ? '' : `proxy-authorization: ${proxy.authorization}\r\n`;
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n${authorization}\r\n`, 'latin1');
  const status = await readStatus(socket, options);
  if (status === 407) throw new TributaryError('proxy-auth-required', { proxy: proxy.host });
  if (status >= 400 && status <= 499 && !PASSING.has(status)) {
    throw new TributaryError('proxy-refused', { proxy: proxy.host, host: authority, status });
  }
  if (status < 200 || status > 299) {
    throw new TributaryError('proxy-failed', { proxy: proxy.host, reason: `it answered HTTP ${status}` });
  }
}

/** Reads the head of the answer and nothing behind it. */
async function readStatus(socket: Socket, options: { signal: AbortSignal }): Promise<number> {
  const status = deferred<number>();
  const fail = (error: unknown): void => status.reject(error);
  const onEnd = (): void => fail(new TributaryError('connection-lost'));
  let received = Buffer.alloc(0);
  const onReadable = (): void => {
    for (let chunk: Buffer | null = socket.read(); chunk !== null; chunk = socket.read()) {
      received = Buffer.concat([received, chunk]);
    }
    try {
      const found = findStatus(received);
      if (found !== null) status.resolve(found);
    } catch (error) {
      fail(error);
    }
  };
  const link = onAbort(options.signal, fail);
  socket.on('readable', onReadable).on('error', fail).on('end', onEnd).on('close', onEnd);
  try {
    return await status.promise;
  } finally {
    link.dispose();
    socket.off('readable', onReadable).off('error', fail).off('end', onEnd).off('close', onEnd);
  }
}

/** Null: more bytes are needed. */
function findStatus(received: Buffer): number | null {
  const result = parseResponseHead(received);
  if (result.kind === 'malformed') throw new TributaryError('bad-response', { reason: result.reason });
  if (result.kind === 'incomplete') return null;
  if (result.head.status < 200) return findStatus(received.subarray(result.length));
  // In TLS the client speaks first: such bytes are not the origin's, and they would be lost besides.
  if (result.head.status < 300 && received.length > result.length) {
    throw new TributaryError('bad-response', { reason: 'it sends without being asked' });
  }
  return result.head.status;
}
