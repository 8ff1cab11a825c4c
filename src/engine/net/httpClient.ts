import { TributaryError } from '../../contract/errors.ts';
import { DEFAULT_NETWORK, type NetworkSettings } from '../../contract/settings.ts';
import { parseContentLength } from '../protocols/http/contentLength.ts';
import type { ResponseHead } from '../protocols/http/responseHead.ts';
import { trustedContext } from './certificates.ts';
import { ConnectionPool } from './connectionPool.ts';
import type { HttpConnection } from './httpConnection.ts';
import type { HttpTimeouts } from './httpLimits.ts';
import { type HttpResponse, headerOf } from './httpResponse.ts';
import { toNetworkError } from './networkError.ts';
import { chooseProxy, type Environment } from './proxy.ts';
import type { UndiciClient } from './undiciClient.ts';

/** Links whose answers the fast way cannot read are remembered, so that they are not asked twice every time. */
const MAX_REMEMBERED = 1000;

/**
 * Sends GET requests. Plain answers over HTTP/1.1 take the fast way (httpConnection.ts); what is unusual (chunked or
 * encoded bodies, no length, proxies) is left to undici, which is loaded when it is first needed. Never follows a
 * redirect.
 */
export class HttpClient {
  readonly #env: Environment;
  readonly #timeouts: HttpTimeouts;
  readonly #pool = new ConnectionPool();
  readonly #unusual = new Set<string>();
  #settings: NetworkSettings = DEFAULT_NETWORK;
  #undici: Promise<UndiciClient> | null = null;

  constructor(components: { env: Environment }, init: { timeouts: HttpTimeouts }) {
    this.#env = components.env;
    this.#timeouts = init.timeouts;
  }

  /** Applies to requests from now on; running ones go on as they are. */
  configure(settings: NetworkSettings): void {
    // Idle connections were made under the old settings: another authority, perhaps.
    this.#pool.dropIdle();
    this.#settings = settings;
    void this.#undici?.then((client) => client.configure(settings));
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
    const proxy = chooseProxy(url, this.#settings, this.#env);
    if (proxy === null && !this.#unusual.has(link)) {
      const response = await this.#getFast(url, headers, options);
      if (response !== null) return response;
      if (this.#unusual.size >= MAX_REMEMBERED) this.#unusual.clear();
      this.#unusual.add(link);
    }
    const undici = await this.#loadUndici();
    return undici.get(url, proxy, headers, options);
  }

  /** Drops every connection. */
  async close(): Promise<void> {
    this.#pool.close();
    await (await this.#undici)?.close();
  }

  /** Null: the answer is not of the plain kind. */
  async #getFast(
    url: URL,
    headers: Readonly<Record<string, string>>,
    options: { signal: AbortSignal },
  ): Promise<HttpResponse | null> {
    const text = requestText(url, headers);
    const { connection, head } = await this.#send(url, text, options);
    const { status } = head;
    if (status !== 200 && status !== 206) {
      // Only the head of such an answer is of use.
      connection.destroy(new Error('not needed'));
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
    return this.#responseOf(head, connection, url);
  }

  async #send(
    url: URL,
    text: string,
    options: { signal: AbortSignal },
  ): Promise<{ connection: HttpConnection; head: ResponseHead }> {
    for (;;) {
      const connection = this.#pool.takeIdle(url.origin) ?? this.#open(url);
      const reused = connection.requests > 0;
      try {
        return { connection, head: await connection.request(text, options) };
      } catch (error) {
        options.signal.throwIfAborted();
        const failure = toNetworkError(error, { host: url.host, proxy: null });
        // The server closed an idle connection just as it was used again, or had sent too much before: a new one is asked.
        if (!reused || failure.code === 'first-byte-timeout') throw failure;
      }
    }
  }

  #open(url: URL): HttpConnection {
    const secure = url.protocol === 'https:';
    return this.#pool.open(url.origin, {
      hostname: url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port) || (secure ? 443 : 80),
      secureContext: secure ? trustedContext(this.#settings.caFile) : null,
      timeouts: this.#timeouts,
    });
  }

  #responseOf(head: ResponseHead, connection: HttpConnection, url: URL): HttpResponse {
    let done = false;
    // Kept when it can serve again, else closed; after that it may be somebody else's.
    const giveBack = (): void => {
      if (!done) this.#pool.giveBack(url.origin, connection);
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
          throw toNetworkError(error, { host: url.host, proxy: null });
        }
      },
      // A connection with a body under way is not idle, so this closes it.
      discard: giveBack,
    };
  }

  #loadUndici(): Promise<UndiciClient> {
    this.#undici ??= import('./undiciClient.ts').then(({ UndiciClient }) => {
      const client = new UndiciClient(this.#timeouts);
      client.configure(this.#settings);
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

/** The path is sent as it was given; the URL parser has only escaped what must not stand in a request line. */
function requestText(url: URL, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\nconnection: keep-alive\r\n${lines.join('')}\r\n`;
}
