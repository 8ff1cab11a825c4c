import type { SecureContext } from 'node:tls';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import { TributaryError } from '../../contract/errors.ts';
import { DEFAULT_NETWORK, type NetworkSettings } from '../../contract/settings.ts';
import { onAbort } from '../../kit/abort.ts';
import { trustedContext } from './certificates.ts';
import { type HttpTimeouts, MAX_HEAD_BYTES } from './httpLimits.ts';
import type { HttpResponse } from './httpResponse.ts';
import { toNetworkError } from './networkError.ts';
import { type ReceivedHead, ResponseReader } from './responseReader.ts';

/** Sends the requests that are not plain enough for the fast way, through a proxy where there is one. */
export class UndiciClient {
  readonly #dispatchers = new Map<string, Dispatcher>();
  readonly #timeouts: HttpTimeouts;
  #settings: NetworkSettings = DEFAULT_NETWORK;

  constructor(timeouts: HttpTimeouts) {
    this.#timeouts = timeouts;
  }

  /** Applies to requests from now on; running ones go on as they are. */
  configure(settings: NetworkSettings): void {
    this.#settings = settings;
    const old = [...this.#dispatchers.values()];
    this.#dispatchers.clear();
    // `close` waits for the requests under way; nobody waits for it.
    for (const dispatcher of old) void dispatcher.close().catch(() => {});
  }

  /**
   * @param proxy null: a direct connection
   * @throws TributaryError: every code of the category "network"; the signal's reason when aborted
   */
  async get(
    target: URL,
    proxy: string | null,
    headers: Readonly<Record<string, string>>,
    options: { signal: AbortSignal },
  ): Promise<HttpResponse> {
    const { signal } = options;
    const where = { host: target.host, proxy: proxy === null ? null : hostOf(proxy) };
    const dispatcher = this.#dispatcherFor(proxy, target.protocol === 'https:');
    const reader = new ResponseReader();
    const link = onAbort(signal, (reason) => reader.cancel(reason));
    let head: ReceivedHead;
    try {
      dispatcher.dispatch(
        {
          origin: target.origin,
          path: target.pathname + target.search,
          method: 'GET',
          headers,
          headersTimeout: this.#timeouts.firstByteMs,
          bodyTimeout: this.#timeouts.idleMs,
        },
        reader,
      );
      head = await reader.head;
    } catch (error) {
      signal.throwIfAborted();
      throw toNetworkError(error, where);
    } finally {
      link.dispose();
    }
    if (head.status === 407 && where.proxy !== null) {
      reader.cancel(new Error('refused by the proxy'));
      throw new TributaryError('proxy-auth-required', { host: where.host, proxy: where.proxy });
    }
    return responseOf(head, reader, where);
  }

  /** Drops every connection. */
  async close(): Promise<void> {
    const all = [...this.#dispatchers.values()];
    this.#dispatchers.clear();
    await Promise.all(all.map((dispatcher) => dispatcher.destroy()));
  }

  /** The certificates are only read for those who need them: that takes a while. */
  #dispatcherFor(proxy: string | null, secure: boolean): Dispatcher {
    const key = `${secure ? 'tls' : 'plain'} ${proxy ?? ''}`;
    const known = this.#dispatchers.get(key);
    if (known !== undefined) return known;
    const tls = secure ? { secureContext: trustedContext(this.#settings.caFile) } : {};
    const connect = { timeout: this.#timeouts.connectMs, ...tls };
    const made = proxy === null ? new Agent({ ...AGENT_OPTIONS, connect }) : this.#proxyAgent(proxy, connect);
    this.#dispatchers.set(key, made);
    return made;
  }

  #proxyAgent(proxy: string, requestTls: { timeout: number; secureContext?: SecureContext }): Dispatcher {
    const url = new URL(proxy);
    if (url.protocol !== 'http:' && url.protocol !== 'https:') {
      throw new TributaryError('proxy-unsupported', { proxy: hostOf(proxy) });
    }
    const user = url.username === '' ? null : `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    const token =
      this.#settings.proxyAuthorization ?? (user === null ? null : `Basic ${Buffer.from(user).toString('base64')}`);
    url.username = '';
    url.password = '';
    const proxyContext = url.protocol === 'https:' ? { secureContext: trustedContext(this.#settings.caFile) } : {};
    return new ProxyAgent({
      ...AGENT_OPTIONS,
      uri: url.href,
      ...(token === null ? {} : { token }),
      // Plain http goes as an absolute-form request, which every proxy allows; many refuse CONNECT to port 80.
      proxyTunnel: false,
      proxyTls: {
        timeout: this.#timeouts.connectMs,
        rejectUnauthorized: this.#settings.proxyStrictSSL,
        ...proxyContext,
      },
      requestTls,
    });
  }
}

const AGENT_OPTIONS = {
  // Several lanes mean several connections; streams of one HTTP/2 connection would share one congestion window.
  allowH2: false,
  pipelining: 1,
  maxHeaderSize: MAX_HEAD_BYTES,
} satisfies Agent.Options;

function responseOf(
  head: ReceivedHead,
  reader: ResponseReader,
  where: { host: string; proxy: string | null },
): HttpResponse {
  return {
    status: head.status,
    headers: head.headers,
    readInto: async (sink, options) => {
      try {
        return await reader.readInto(sink, options);
      } catch (error) {
        options.signal.throwIfAborted();
        throw toNetworkError(error, where);
      }
    },
    discard: () => reader.cancel(new Error('not needed')),
  };
}

/** Host and port; a proxy's user info never reaches a message. */
function hostOf(proxy: string): string {
  return URL.canParse(proxy) ? new URL(proxy).host : 'the configured proxy';
}
