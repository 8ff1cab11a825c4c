import { isDeepStrictEqual } from 'node:util';
import { TributaryError } from '../../contract/errors.ts';
import { DEFAULT_NETWORK, type NetworkSettings } from '../../contract/settings.ts';
import { parseContentLength } from '../protocols/http/contentLength.ts';
import type { ResponseHead } from '../protocols/http/responseHead.ts';
import { AddressBook } from './addressBook.ts';
import { ConnectionPool } from './connectionPool.ts';
import type { HttpConnection } from './httpConnection.ts';
import type { HttpTimeouts } from './httpLimits.ts';
import { type HttpResponse, headerOf } from './httpResponse.ts';
import { toNetworkError } from './networkError.ts';
import { OriginProtocols } from './originProtocols.ts';
import type { Environment } from './proxy.ts';
import { forwarder, forwardHeaders, type Route, requestTarget, routeTo } from './route.ts';
import type { UndiciClient } from './undiciClient.ts';

/** Links whose answers the fast way cannot read are remembered, so that they are not asked twice every time. */
const MAX_REMEMBERED = 1000;

/**
 * Sends GET requests. Plain answers over HTTP/1.1 take the fast way (httpConnection.ts), through proxies too; what is
 * unusual (chunked or encoded bodies, no length, HTTP/2) is left to undici, which is loaded when it is first needed. Never
 * follows a redirect.
 */
export class HttpClient {
  readonly #env: Environment;
  readonly #timeouts: HttpTimeouts;
  readonly #addresses: AddressBook;
  readonly #pool = new ConnectionPool();
  readonly #protocols: OriginProtocols;
  readonly #unusual = new Set<string>();
  #settings: NetworkSettings = DEFAULT_NETWORK;
  #undici: Promise<UndiciClient> | null = null;

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
    void this.#undici?.then((client) => client.retireAll());
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
    if (!this.#protocols.isHttp2Only(route) && !this.#unusual.has(link)) {
      const response = await this.#getFast(url, route, headers, options);
      if (response !== null) return response;
      if (!this.#protocols.isHttp2Only(route)) this.#rememberUnusual(link);
    }
    const undici = await this.#loadUndici();
    return undici.get(url, route, headers, { ...options, http2: this.#protocols.isHttp2Only(route) });
  }

  /** Drops every connection. */
  async close(): Promise<void> {
    this.#pool.close();
    await (await this.#undici)?.close();
  }

  #rememberUnusual(link: string): void {
    if (this.#unusual.size >= MAX_REMEMBERED) this.#unusual.clear();
    this.#unusual.add(link);
  }

  /** Null: the answer is not of the plain kind, or there is none in HTTP/1.1. */
  async #getFast(
    url: URL,
    route: Route,
    headers: Readonly<Record<string, string>>,
    options: { signal: AbortSignal },
  ): Promise<HttpResponse | null> {
    const answer = await this.#send(route, requestText(url, route, headers), options);
    if (answer === null) return null;
    const { connection, head } = answer;
    const { status } = head;
    if (status !== 200 && status !== 206) {
      // Only the head of such an answer is of use.
      connection.destroy(new Error('not needed'));
      const proxy = forwarder(route);
      if (status === 407 && proxy !== null) throw new TributaryError('proxy-auth-required', { proxy: proxy.host });
      return { status, headers: head.headers, readInto: () => Promise.resolve('ended'), discard: () => {} };
    }
    const length = plainLength(head);
    if (length === 'invalid') {
      connection.destroy(new Error('not trusted'));
      throw new TributaryError('bad-response', { host: url.host, reason: 'its length could be read in two ways' });
    }
    if (length === null) {
      connection.destroy(new Error('not plain'));
      return null;
    }
    connection.beginBody(length);
    return this.#responseOf(head, connection, route);
  }

  /** Null: the origin speaks HTTP/2 only. */
  async #send(
    route: Route,
    text: string,
    options: { signal: AbortSignal },
  ): Promise<{ connection: HttpConnection; head: ResponseHead } | null> {
    for (;;) {
      const connection =
        this.#pool.takeIdle(route.key) ??
        this.#pool.open({ route, addresses: this.#addresses, timeouts: this.#timeouts });
      const reused = connection.requests > 0;
      try {
        return { connection, head: await connection.request(text, options) };
      } catch (error) {
        options.signal.throwIfAborted();
        const failure = toNetworkError(error, route.host);
        // The server closed an idle connection just as it was used again, or had sent too much before: a new one is asked.
        if (reused && failure.code !== 'first-byte-timeout') continue;
        if (await this.#protocols.foundHttp2Only(route, failure, options)) return null;
        throw failure;
      }
    }
  }

  #responseOf(head: ResponseHead, connection: HttpConnection, route: Route): HttpResponse {
    let done = false;
    // Kept when it can serve again, else closed; after that it may be somebody else's.
    const giveBack = (): void => {
      if (!done) this.#pool.giveBack(route.key, connection);
      done = true;
    };
    if (connection.isBodyRead) giveBack();
    return {
      status: head.status,
      headers: head.headers,
      readInto: async (sink, options) => {
        if (done) return 'ended';
        try {
          const end = await connection.readInto(sink, options);
          if (connection.isBodyRead) giveBack();
          return end;
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

  #loadUndici(): Promise<UndiciClient> {
    this.#undici ??= import('./undiciClient.ts').then(({ UndiciClient }) => {
      const client = new UndiciClient({ addresses: this.#addresses }, { timeouts: this.#timeouts });
      return client;
    });
    return this.#undici;
  }
}

/** Length of a body that is sent as it is; null for any other kind; 'invalid' when it could be read in two ways (RFC 9112 §6.3). */
function plainLength(head: ResponseHead): number | null | 'invalid' {
  const length = parseContentLength(head.headers['content-length']);
  if (headerOf(head, 'transfer-encoding') !== null) return length === null ? null : 'invalid';
  const encoding = headerOf(head, 'content-encoding');
  return encoding !== null && encoding.toLowerCase() !== 'identity' ? null : length;
}

function requestText(url: URL, route: Route, headers: Readonly<Record<string, string>>): string {
  const all = { host: url.host, connection: 'keep-alive', ...forwardHeaders(route), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${requestTarget(url, route)} HTTP/1.1\r\n${lines.join('')}\r\n`;
}
