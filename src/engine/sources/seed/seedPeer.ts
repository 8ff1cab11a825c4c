import { TributaryError, toTributaryError } from '../../../contract/errors.ts';
import { abortable } from '../../../kit/abort.ts';
import { Slots } from '../../../kit/slots.ts';
import { withDeadline } from '../../../kit/withDeadline.ts';
import { authorityOf } from '../../intake/authority.ts';
import { isLoopback } from '../../intake/loopback.ts';
import { type SeedEndpoint, seedUrl } from '../../intake/seedAddress.ts';
import { isSeedName } from '../../intake/seedName.ts';
import type { HttpClient } from '../../net/httpClient.ts';
import { type HttpResponse, headerOf } from '../../net/httpResponse.ts';
import {
  type ListedFile,
  MAX_DOCUMENT_BYTES,
  parseFiles,
  parsePieces,
  usualPieceLength,
} from '../../protocols/seed/filesDocument.ts';
import { ClassicSeed, type ClassicTimeouts } from './classicSeed.ts';
import { readText } from './textBody.ts';

/** What a seed turned out to be, and what it offers. */
export type SeedOffer =
  | { readonly form: 'fast'; readonly files: readonly ListedFile[] }
  | { readonly form: 'classic'; readonly names: readonly string[] };

export interface SeedPeerInit {
  readonly endpoint: SeedEndpoint;
  /** Value of the Authorization header; null: none. */
  readonly authorization: string | null;
  /** Of the classic form, for all downloads together. */
  readonly connections: number;
  readonly userAgent: string;
}

/** Whoever listens has that long to show that it is a seed. */
const PROBE_MS = 2000;
/** Twenty files of one seed do not ask twenty times. */
const BELIEVED_MS = 500;
const PIECES_MS = 5000;
const CLASSIC_TIMEOUTS: ClassicTimeouts = { connectMs: 3000, answerMs: 15_000 };

/** Somebody on a port who may be a seed: asks in both forms, and bounds what all downloads together do to it. */
export class SeedPeer {
  readonly #client: HttpClient;
  readonly #init: SeedPeerInit;
  readonly #slots: Slots;
  readonly #closing = new AbortController();
  #connections: number;
  #look: { readonly atMs: number; readonly offer: Promise<SeedOffer> } | null = null;
  #known = false;
  readonly classic: ClassicSeed;
  /** `127.0.0.1:8080` */
  readonly host: string;
  /** `seed://127.0.0.1:8080` */
  readonly address: string;

  /** @param components.client one that knows no proxies: a seed is near */
  constructor(components: { client: HttpClient }, init: SeedPeerInit) {
    this.#client = components.client;
    this.#init = init;
    this.#connections = init.connections;
    this.#slots = new Slots(init.connections);
    this.host = authorityOf(init.endpoint);
    this.address = seedUrl(init.endpoint, null);
    this.classic = new ClassicSeed({ slots: this.#slots }, { endpoint: init.endpoint, timeouts: CLASSIC_TIMEOUTS });
  }

  get endpoint(): SeedEndpoint {
    return this.#init.endpoint;
  }

  /** It has been a seed once. */
  get known(): boolean {
    return this.#known;
  }

  /** How many connections of the classic form it is given. */
  get connections(): number {
    return this.#connections;
  }

  set connections(count: number) {
    this.#slots.resize(count - this.#connections);
    this.#connections = count;
  }

  /** Headers of every request of the fast form. */
  get headers(): Record<string, string> {
    const { authorization } = this.#init;
    return authorization === null ? {} : { authorization };
  }

  fileLink(name: string): string {
    return `http://${this.host}/files/${encodeURIComponent(name)}`;
  }

  /**
   * What it offers, asked in the fast form first; what was found out is believed for a moment.
   * @param options.believedMs how long that moment is. @default 500
   * @throws TributaryError of the network, `not-a-seed`, `seed-key-needed`, `seed-protocol`; the signal's reason when aborted
   */
  async offer(options: { signal: AbortSignal; believedMs?: number }): Promise<SeedOffer> {
    const nowMs = performance.now();
    if (this.#look === null || nowMs - this.#look.atMs > (options.believedMs ?? BELIEVED_MS))
      this.#look = { atMs: nowMs, offer: this.#probe() };
    // Somebody else may wait for the same answer: who stops waiting does not stop the asking.
    return abortable(this.#look.offer, options);
  }

  /** Hashes of the pieces of `usualPieceLength`; null when it tells none in time. */
  async pieces(name: string, sizeBytes: number, options: { signal: AbortSignal }): Promise<string[] | null> {
    const lengthBytes = usualPieceLength(sizeBytes);
    const link = `http://${this.host}/pieces/${encodeURIComponent(name)}?length=${lengthBytes}`;
    try {
      const text = await withDeadline(this.#deadline(PIECES_MS), options, (within) => this.#read(link, within));
      return parsePieces(text, { lengthBytes, sizeBytes });
    } catch {
      options.signal.throwIfAborted();
      return null;
    }
  }

  close(): void {
    this.#closing.abort(new Error('the seed is no longer asked'));
  }

  async #probe(): Promise<SeedOffer> {
    const offer = await withDeadline(this.#deadline(PROBE_MS), this.#closing, (within) => this.#ask(within));
    this.#known = true;
    return offer;
  }

  async #ask(options: { signal: AbortSignal }): Promise<SeedOffer> {
    try {
      const files = parseFiles(await this.#read(`http://${this.host}/files`, options));
      if (files === null) throw new TributaryError('not-a-seed', { host: this.host });
      return { form: 'fast', files: files.filter(({ name }) => isSeedName(name)) };
    } catch (caught) {
      options.signal.throwIfAborted();
      const error = toTributaryError(caught);
      // It is no HTTP, or it has closed: an old seed does that.
      if (error.code !== 'bad-response' && error.code !== 'connection-lost' && error.code !== 'incomplete-body')
        throw error;
    }
    try {
      const names = await this.classic.list(options);
      return { form: 'classic', names: names.filter(isSeedName) };
    } catch (caught) {
      options.signal.throwIfAborted();
      const error = toTributaryError(caught);
      throw error.code === 'seed-protocol' ? new TributaryError('not-a-seed', { host: this.host }) : error;
    }
  }

  async #read(link: string, options: { signal: AbortSignal }): Promise<string> {
    const headers = { ...this.headers, accept: 'application/json', 'user-agent': this.#init.userAgent };
    const response = await this.#client.get(link, headers, options);
    if (response.status === 200) return readText(response, { host: this.host, maxBytes: MAX_DOCUMENT_BYTES }, options);
    response.discard();
    if (response.status === 401 && this.#meansKey(response))
      throw new TributaryError('seed-key-needed', { host: this.host });
    if (response.status === 421) {
      const reason = 'it answers only to the address that it listens on (HTTP 421)';
      throw new TributaryError('seed-protocol', { host: this.host, reason });
    }
    throw new TributaryError(response.status === 503 ? 'server-busy' : 'not-a-seed', {
      host: this.host,
      status: response.status,
    });
  }

  /** A web server asks for a password, too, but on loopback no seed does that is not reached from elsewhere as well. */
  #meansKey(response: HttpResponse): boolean {
    const challenge = headerOf(response, 'www-authenticate') ?? '';
    return !isLoopback(this.endpoint.hostname) || this.#init.authorization !== null || /^bearer\b/i.test(challenge);
  }

  #deadline(ms: number): { ms: number; error: Error } {
    return { ms, error: new TributaryError('first-byte-timeout', { host: this.host }) };
  }
}
