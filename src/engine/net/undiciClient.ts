import { Pool } from 'undici';
import { TributaryError } from '../../contract/errors.ts';
import { onAbort } from '../../kit/abort.ts';
import type { AddressBook } from './addressBook.ts';
import { type HttpTimeouts, KEEP_MS, MAX_HEAD_BYTES } from './httpLimits.ts';
import type { HttpResponse } from './httpResponse.ts';
import { toNetworkError } from './networkError.ts';
import { openRoute } from './openRoute.ts';
import { type ReceivedHead, ResponseReader } from './responseReader.ts';
import { forwarder, forwardHeaders, type Route, requestTarget } from './route.ts';

/**
 * How much of an answer in HTTP/2 may be under way: this much per round trip is the most that a lane receives. It
 * may wait in memory while the disk is slow.
 */
const WINDOW_BYTES = 2 * 1024 * 1024;

interface KeptPool {
  readonly pool: Pool;
  /** Answers under way. */
  inUse: number;
  idleTimer?: NodeJS.Timeout;
}

/** Sends the requests that are not plain enough for the fast way, on connections that are opened as there. */
export class UndiciClient {
  /** By protocol and `Route.key`. */
  readonly #pools = new Map<string, KeptPool>();
  readonly #closing = new AbortController();
  readonly #addresses: AddressBook;
  readonly #timeouts: HttpTimeouts;

  constructor(components: { addresses: AddressBook }, init: { timeouts: HttpTimeouts }) {
    this.#addresses = components.addresses;
    this.#timeouts = init.timeouts;
  }

  /** No connection of now serves another request; the requests under way go on. */
  retireAll(): void {
    for (const key of [...this.#pools.keys()]) this.#retire(key);
  }

  /**
   * @param options.http2 the origin speaks nothing else
   * @throws TributaryError: every code of the category "network"; the signal's reason when aborted
   */
  async get(
    url: URL,
    route: Route,
    headers: Readonly<Record<string, string>>,
    options: { signal: AbortSignal; http2: boolean },
  ): Promise<HttpResponse> {
    const { signal, http2 } = options;
    const reader = new ResponseReader({ idleMs: this.#timeouts.idleMs });
    const pool = this.#usePool(route, http2, reader.ended);
    const link = onAbort(signal, (reason) => reader.cancel(reason));
    let head: ReceivedHead;
    try {
      pool.dispatch(
        {
          method: 'GET',
          path: requestTarget(url, route),
          headers: { host: url.host, ...forwardHeaders(route), ...headers },
          headersTimeout: this.#timeouts.firstByteMs,
          // The reader watches over the body: in HTTP/2, undici counts the pauses of a slow disk.
          bodyTimeout: 0,
        },
        reader,
      );
      head = await reader.head;
    } catch (error) {
      reader.cancel(error);
      signal.throwIfAborted();
      throw toNetworkError(error, route.host);
    } finally {
      link.dispose();
    }
    const proxy = forwarder(route);
    if (head.status === 407 && proxy !== null) {
      reader.cancel(new Error('refused by the proxy'));
      throw new TributaryError('proxy-auth-required', { proxy: proxy.host });
    }
    return responseOf(head, reader, route);
  }

  /** Drops every connection. */
  async close(): Promise<void> {
    const all = [...this.#pools.values()];
    this.#pools.clear();
    this.#closing.abort(new Error('closed'));
    for (const { idleTimer } of all) clearTimeout(idleTimer);
    await Promise.all(all.map(({ pool }) => pool.destroy()));
  }

  /** @param ended resolves when the answer is over */
  #usePool(route: Route, http2: boolean, ended: Promise<void>): Pool {
    const key = `${http2 ? 'HTTP/2' : 'HTTP/1.1'} ${route.key}`;
    const kept = this.#pools.get(key) ?? { pool: this.#openPool(route, http2), inUse: 0 };
    this.#pools.set(key, kept);
    kept.inUse++;
    clearTimeout(kept.idleTimer);
    void ended.then(() => {
      kept.inUse--;
      // undici itself never closes a connection of HTTP/2.
      const retire = (): void => this.#retire(key);
      if (kept.inUse === 0 && this.#pools.get(key) === kept) kept.idleTimer = setTimeout(retire, KEEP_MS).unref();
    });
    return kept.pool;
  }

  #openPool(route: Route, http2: boolean): Pool {
    return new Pool(firstOrigin(route), {
      // Several lanes mean several connections, also in HTTP/2: streams of one would share its congestion window.
      pipelining: 1,
      maxHeaderSize: MAX_HEAD_BYTES,
      initialWindowSize: WINDOW_BYTES,
      connectionWindowSize: WINDOW_BYTES,
      connect: (_, callback) => {
        openRoute(route, {
          signal: this.#closing.signal,
          addresses: this.#addresses,
          connectMs: this.#timeouts.connectMs,
          protocols: http2 ? ['h2', 'http/1.1'] : ['http/1.1'],
        }).then(
          (socket) => callback(null, socket),
          (error: Error) => callback(error, null),
        );
      },
    });
  }

  #retire(key: string): void {
    const kept = this.#pools.get(key);
    this.#pools.delete(key);
    clearTimeout(kept?.idleTimer);
    // `close` waits for the requests under way; nobody waits for it.
    void kept?.pool.close().catch(() => {});
  }
}

/** Whom undici believes to speak to. */
function firstOrigin(route: Route): string {
  const { hostname, port, tls } = forwarder(route) ?? route.origin;
  return `${tls === null ? 'http' : 'https'}://${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`;
}

function responseOf(head: ReceivedHead, reader: ResponseReader, route: Route): HttpResponse {
  return {
    status: head.status,
    headers: head.headers,
    readInto: async (sink, options) => {
      try {
        return await reader.readInto(sink, options);
      } catch (error) {
        options.signal.throwIfAborted();
        throw toNetworkError(error, route.host);
      }
    },
    discard: () => reader.cancel(new Error('not needed')),
  };
}
