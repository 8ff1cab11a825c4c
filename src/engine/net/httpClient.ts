import { isDeepStrictEqual } from 'node:util';
import { TributaryError } from '../../contract/errors.ts';
import { DEFAULT_NETWORK, type NetworkSettings } from '../../contract/settings.ts';
import { AddressBook } from './addressBook.ts';
import type { AnswerHead, Connection, HttpRequest } from './connection.ts';
import { ConnectionPool } from './connectionPool.ts';
import { HttpConnection } from './httpConnection.ts';
import type { HttpTimeouts } from './httpLimits.ts';
import type { HttpResponse } from './httpResponse.ts';
import { toNetworkError } from './networkError.ts';
import { OriginProtocols } from './originProtocols.ts';
import type { Environment } from './proxy.ts';
import { forwarder, type Route, routeTo } from './route.ts';

/**
 * Sends GET requests over HTTP/1.1, through proxies too, and over HTTP/2 to origins that speak nothing else. Never follows a
 * redirect. Only bodies of 200 and 206 are handed out, as they were sent.
 */
export class HttpClient {
  readonly #env: Environment;
  readonly #timeouts: HttpTimeouts;
  readonly #addresses: AddressBook;
  readonly #pool = new ConnectionPool();
  readonly #protocols: OriginProtocols;
  #settings: NetworkSettings = DEFAULT_NETWORK;

  /** @param components.addresses how names are looked up @default by the system */
  constructor(components: { env: Environment; addresses?: AddressBook }, init: { timeouts: HttpTimeouts }) {
    this.#env = components.env;
    this.#addresses = components.addresses ?? new AddressBook();
    this.#timeouts = init.timeouts;
    this.#protocols = new OriginProtocols({ addresses: this.#addresses }, init);
  }

  /** Applies to requests from now on; running ones go on as they are. */
  configure(settings: NetworkSettings): void {
    // Every window tells its settings when it opens; that must not cost the others their connections.
    if (isDeepStrictEqual(settings, this.#settings)) return;
    // Connections were made under the old settings: another authority, perhaps.
    this.#pool.retireAll();
    this.#protocols.forgetAll();
    this.#settings = settings;
  }

  /**
   * @param headers lower-case names
   * @throws TributaryError: every code of the category "network"; the signal's reason when aborted
   */
  async get(
    link: string,
    headers: Readonly<Record<string, string>>,
    options: { signal: AbortSignal },
  ): Promise<HttpResponse> {
    options.signal.throwIfAborted();
    const url = new URL(link);
    const route = routeTo(url, this.#settings, this.#env);
    const { connection, head } = await this.#send(route, { url, headers }, options);
    const proxy = forwarder(route);
    if (head.status === 407 && proxy !== null) {
      connection.destroy(new Error('refused by the proxy'));
      throw new TributaryError('proxy-auth-required', { proxy: proxy.host });
    }
    return this.#responseOf(head, connection, route);
  }

  /** Drops every connection. */
  close(): void {
    this.#pool.close();
  }

  async #send(
    route: Route,
    request: HttpRequest,
    options: { signal: AbortSignal },
  ): Promise<{ connection: Connection; head: AnswerHead }> {
    for (;;) {
      const http2 = this.#protocols.isHttp2Only(route);
      const connection = this.#pool.takeIdle(route.key) ?? (await this.#open(route, http2));
      const reused = connection.requests > 0;
      try {
        return { connection, head: await connection.request(request, options) };
      } catch (error) {
        options.signal.throwIfAborted();
        const failure = toNetworkError(error, route.host);
        // The server closed an idle connection just as it was used again, or had sent too much before: a new one is asked.
        if (reused && failure.code !== 'first-byte-timeout') continue;
        if (http2) this.#protocols.failedInHttp2(route, failure);
        else if (await this.#protocols.foundHttp2Only(route, failure, options)) continue;
        throw failure;
      }
    }
  }

  async #open(route: Route, http2: boolean): Promise<Connection> {
    // HTTP/2 is loaded when it is first needed: rarely, and the command line is to start quickly.
    const Kind = http2 ? (await import('./http2Connection.ts')).Http2Connection : HttpConnection;
    const init = { route, addresses: this.#addresses, timeouts: this.#timeouts };
    return this.#pool.open(route.key, (onClosed) => new Kind(init, onClosed));
  }

  #responseOf(head: AnswerHead, connection: Connection, route: Route): HttpResponse {
    let done = false;
    // Kept when it can serve again, else closed; after that it may be somebody else's.
    const giveBack = (): void => {
      if (!done) this.#pool.giveBack(route.key, connection);
      done = true;
    };
    connection.whenBodyRead(giveBack);
    // Only the head of such an answer is of use.
    if (head.status !== 200 && head.status !== 206) giveBack();
    return {
      status: head.status,
      headers: head.headers,
      readInto: async (sink, options) => {
        if (done) return 'ended';
        try {
          return await connection.readInto(sink, options);
        } catch (error) {
          done = true;
          options.signal.throwIfAborted();
          throw toNetworkError(error, route.host);
        }
      },
      // A connection with a body under way is not idle, so this closes it.
      discard: giveBack,
    };
  }
}
