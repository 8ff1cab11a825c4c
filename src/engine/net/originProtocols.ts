import { type ErrorCode, TributaryError } from '../../contract/errors.ts';
import type { AddressBook } from './addressBook.ts';
import type { HttpTimeouts } from './httpLimits.ts';
import { openRoute } from './openRoute.ts';
import type { Route } from './route.ts';

const MAX_REMEMBERED = 1000;

/**
 * How an origin that speaks HTTP/2 only ends a connection on which HTTP/1.1 was offered: by the alert
 * `no_application_protocol` (RFC 7301 §3.2), by another one, by closing it, or with frames in place of a head.
 */
const HINTS: readonly ErrorCode[] = ['tls-failed', 'connection-lost', 'bad-response'];

/** Which origins speak HTTP/2 only: found out when HTTP/1.1 failed there, and remembered. */
export class OriginProtocols {
  readonly #addresses: AddressBook;
  readonly #timeouts: HttpTimeouts;
  /** By `Route.key`. */
  readonly #http2Only = new Map<string, boolean>();

  constructor(components: { addresses: AddressBook }, init: { timeouts: HttpTimeouts }) {
    this.#addresses = components.addresses;
    this.#timeouts = init.timeouts;
  }

  isHttp2Only(route: Route): boolean {
    return this.#http2Only.get(route.key) === true;
  }

  /** An origin that has changed its mind is tried in HTTP/1.1 again next time. */
  failedInHttp2(route: Route, failure: TributaryError): void {
    if (failure.code === 'tls-failed') this.#http2Only.delete(route.key);
  }

  /** Settings have changed: another proxy may lead elsewhere. */
  forgetAll(): void {
    this.#http2Only.clear();
  }

  /**
   * Whether the failure of a first request on a new connection was for want of HTTP/2. An origin is asked once, by a
   * handshake that offers nothing else: ordinary servers lose connections too.
   * @throws TributaryError `tls-untrusted`; the signal's reason when aborted
   */
  async foundHttp2Only(route: Route, failure: TributaryError, options: { signal: AbortSignal }): Promise<boolean> {
    const known = this.#http2Only.get(route.key);
    if (known !== undefined) return known;
    if (route.origin.tls === null || !HINTS.includes(failure.code)) return false;
    const found = await this.#speaksHttp2(route, options);
    if (found === null) return false;
    if (this.#http2Only.size >= MAX_REMEMBERED) this.#http2Only.clear();
    this.#http2Only.set(route.key, found);
    return found;
  }

  /** Null: there was no answer. */
  async #speaksHttp2(route: Route, options: { signal: AbortSignal }): Promise<boolean | null> {
    try {
      const socket = await openRoute(route, {
        ...options,
        addresses: this.#addresses,
        connectMs: this.#timeouts.connectMs,
        protocols: ['h2'],
      });
      socket.destroy();
      return 'alpnProtocol' in socket && socket.alpnProtocol === 'h2';
    } catch (error) {
      options.signal.throwIfAborted();
      if (!(error instanceof TributaryError)) throw error;
      // The alert hid what is really wrong there.
      if (error.code === 'tls-untrusted') throw error;
      return error.code === 'tls-failed' ? false : null;
    }
  }
}
