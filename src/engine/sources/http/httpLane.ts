import { TributaryError } from '../../../contract/errors.ts';
import type { ByteSink } from '../../../kit/byteSink.ts';
import { type HttpResponse, headerOf } from '../../net/httpResponse.ts';
import { parseContentLength } from '../../protocols/http/contentLength.ts';
import { formatRange, parseContentRange } from '../../protocols/http/contentRange.ts';
import { provesSameVersion, sameVersion, type Validators } from '../../protocols/http/validators.ts';
import type { ByteRange, Lane, ReadEnd } from '../source.ts';
import { type Described, encodingOf, refuseWebPage } from './describeResponse.ts';

export interface HttpLaneComponents {
  /** Sends a GET; resolves for 200, 206 and 416 only. */
  request(headers: Record<string, string>, options: { signal: AbortSignal }): Promise<HttpResponse>;
  ifRange(): string | null;
  onIfRangeFailed(): void;
  onClose(): void;
}

export interface HttpLaneInit {
  readonly described: Described;
  readonly host: string;
  /** The link as it was given. */
  readonly url: string;
  /** An answer that has come already. */
  readonly opened: OpenAnswer | null;
}

/** An answer whose body is being read. */
export interface OpenAnswer {
  readonly response: HttpResponse;
  /** File offset of the body's next byte. */
  position: number;
  /** File offset at which the body ends; `Infinity` when unknown. */
  readonly end: number;
}

/** One connection: asks for a range, checks that the answer is that range, and lets it flow into the sink. */
export class HttpLane implements Lane {
  readonly #components: HttpLaneComponents;
  readonly #described: Described;
  readonly #host: string;
  readonly #url: string;
  #open: OpenAnswer | null;

  constructor(components: HttpLaneComponents, init: HttpLaneInit) {
    this.#components = components;
    this.#described = init.described;
    this.#host = init.host;
    this.#url = init.url;
    this.#open = init.opened;
  }

  get position(): number | null {
    return this.#open?.position ?? null;
  }

  async read(range: ByteRange, sink: ByteSink, options: { signal: AbortSignal }): Promise<ReadEnd> {
    // A server may send less of a range than was asked for (RFC 9110 §14.2); the rest is asked for again.
    while (sink.remaining > 0) {
      const start = sink.position;
      const open = await this.#openAt(start, range.end, options);
      let end: ReadEnd;
      try {
        end = await open.response.readInto(sink, options);
      } catch (error) {
        this.#drop();
        throw error;
      }
      open.position = sink.position;
      if (end === 'filled') break;
      this.#open = null;
      if (this.#described.sizeBytes === null) return 'ended';
      if (sink.position === start || !this.#described.ranges)
        throw new TributaryError('incomplete-body', { host: this.#host });
    }
    // A body that was read to its end lets go of the connection by itself; discarding it would close that.
    if (this.#open !== null && this.#open.position >= this.#open.end) this.#open = null;
    // The range was cut short meanwhile: bytes after its end may have been taken off the connection already.
    else if (sink.position !== range.end) this.#drop();
    return 'filled';
  }

  close(): void {
    this.#drop();
    this.#components.onClose();
  }

  /** The open answer when its next byte is the wanted one, else a new request. */
  async #openAt(start: number, end: number, options: { signal: AbortSignal }): Promise<OpenAnswer> {
    if (this.#open !== null && this.#open.position === start) return this.#open;
    this.#drop();
    this.#open = this.#described.ranges
      ? await this.#requestRange(start, end, options)
      : await this.#requestWhole(start, options);
    return this.#open;
  }

  async #requestRange(start: number, end: number, options: { signal: AbortSignal }): Promise<OpenAnswer> {
    const condition = this.#components.ifRange();
    const headers: Record<string, string> = { range: formatRange(start, end) };
    if (condition !== null) headers['if-range'] = condition;
    const response = await this.#components.request(headers, options);
    try {
      if (response.status === 206) return { response, position: start, end: this.#checkPart(response, start, end) };
      if (response.status === 416) throw new TributaryError('file-changed', { host: this.#host });
      const wholeEnd = this.#checkWhole(response);
      // 200: from the first byte on it is the wanted data all the same.
      if (start === 0) return { response, position: 0, end: wholeEnd };
      if (condition === null) throw new TributaryError('range-ignored', { host: this.#host });
    } catch (error) {
      response.discard();
      throw error;
    }
    // 200 to If-Range although nothing changed: asked once more without it, and the 206's own validators are compared.
    response.discard();
    this.#components.onIfRangeFailed();
    return this.#requestRange(start, end, options);
  }

  async #requestWhole(start: number, options: { signal: AbortSignal }): Promise<OpenAnswer> {
    if (start !== 0) throw new TributaryError('range-ignored', { host: this.#host });
    const response = await this.#components.request({}, options);
    try {
      if (response.status !== 200) {
        throw new TributaryError('bad-response', {
          host: this.#host,
          reason: `HTTP ${response.status} for the whole file`,
        });
      }
      return { response, position: 0, end: this.#checkWhole(response) };
    } catch (error) {
      response.discard();
      throw error;
    }
  }

  /** @returns where the part ends */
  #checkPart(response: HttpResponse, start: number, end: number): number {
    const part = parseContentRange(headerOf(response, 'content-range') ?? '');
    const length = parseContentLength(response.headers['content-length']);
    if (part?.kind !== 'range' || part.start !== start || part.end > end)
      throw new TributaryError('range-mismatch', { host: this.#host });
    // A body that is longer or shorter than the range it is said to be: which of the two is true?
    if (length !== null && length !== part.end - part.start)
      throw new TributaryError('range-mismatch', { host: this.#host });
    if (part.total !== null && part.total !== this.#described.sizeBytes)
      throw new TributaryError('file-changed', { host: this.#host });
    if (encodingOf(response) !== null) throw new TributaryError('range-mismatch', { host: this.#host });
    this.#checkVersion(response);
    return part.end;
  }

  /** @returns where the file ends; `Infinity` when that is not told */
  #checkWhole(response: HttpResponse): number {
    refuseWebPage(response, this.#url, this.#host);
    this.#checkVersion(response);
    // Packed now and not before, or the other way round: other bytes under the same tag.
    if (encodingOf(response) !== this.#described.encoding)
      throw new TributaryError('bad-response', {
        host: this.#host,
        reason: 'it packs the file at one time and not at another',
      });
    // It is written between what came in ranges: a version that cannot be told is another one.
    const { version } = this.#described;
    if (provesSameVersion(version, version) && !provesSameVersion(version, versionOf(response))) {
      throw new TributaryError('file-changed', { host: this.#host });
    }
    const length = parseContentLength(response.headers['content-length']);
    if (length === 'invalid')
      throw new TributaryError('bad-response', { host: this.#host, reason: 'a length that is no number' });
    const { sizeBytes } = this.#described;
    if (sizeBytes !== null && length !== null && length !== sizeBytes)
      throw new TributaryError('file-changed', { host: this.#host });
    return length ?? Number.POSITIVE_INFINITY;
  }

  #checkVersion(response: HttpResponse): void {
    if (!sameVersion(this.#described.version, versionOf(response)))
      throw new TributaryError('file-changed', { host: this.#host });
  }

  #drop(): void {
    this.#open?.response.discard();
    this.#open = null;
  }
}

function versionOf(response: HttpResponse): Validators {
  return { etag: headerOf(response, 'etag'), lastModified: headerOf(response, 'last-modified') };
}
