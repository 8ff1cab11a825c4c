import { TributaryError } from '../../../contract/errors.ts';
import type { HttpClient } from '../../net/httpClient.ts';
import { type HttpResponse, headerOf } from '../../net/httpResponse.ts';
import { formatRange, parseContentRange } from '../../protocols/http/contentRange.ts';
import { parseRateLimit } from '../../protocols/http/rateLimit.ts';
import { parseRetryAfter } from '../../protocols/http/retryAfter.ts';
import type { ByteRange, Lane, Source, SourceDescription } from '../source.ts';
import { type Described, describeResponse } from './describeResponse.ts';
import { HttpLane } from './httpLane.ts';
import { headersFor, isRedirect, nextHop } from './redirects.ts';
import { statusError } from './statusError.ts';

export interface HttpSourceInit {
  /** Without user info. */
  readonly url: string;
  readonly key: string;
  readonly address: string;
  /** What the user gave, credentials included; lower-case names. They go to the link's own origin only. */
  readonly headers: Readonly<Record<string, string>>;
  readonly userAgent: string;
}

const WHOLE_FILE: ByteRange = { start: 0, end: Number.POSITIVE_INFINITY };

/** Statuses by which a signed or temporary address that a redirect led to tells that it has expired. */
const EXPIRED = new Set([401, 403, 404, 410]);

/** One link as a source of ranges. */
export class HttpSource implements Source {
  readonly kind = 'http';
  readonly key: string;
  readonly address: string;
  readonly peer: string;
  readonly #client: HttpClient;
  readonly #init: HttpSourceInit;
  readonly #lanes = new Set<HttpLane>();
  /** Where redirects led; later requests go there directly. */
  #resolvedUrl: string;
  #described: Described | null = null;
  /** The probe's answer, whose body already holds the file's first bytes: the first lane goes on with it. */
  #probe: HttpResponse | null = null;
  /** A server that answers 200 to a right If-Range is asked without it (some CDNs do this). */
  #ifRangeWorks = true;

  constructor(components: { client: HttpClient }, init: HttpSourceInit) {
    this.#client = components.client;
    this.#init = init;
    this.key = init.key;
    this.address = init.address;
    this.peer = new URL(init.url).origin;
    this.#resolvedUrl = init.url;
  }

  async describe(options: { signal: AbortSignal; wanted?: ByteRange }): Promise<SourceDescription> {
    this.#dropProbe();
    const wanted = options.wanted ?? WHOLE_FILE;
    const { response, url } = await this.#get({ range: formatRange(wanted.start, wanted.end) }, options);
    try {
      // What was wanted is no longer there: the file is another one, which is to be seen from its beginning.
      if (response.status === 416 && wanted.start > 0) return await this.describe({ signal: options.signal });
      if (response.status === 416) return this.#describeEmpty(response);
      this.#described = describeResponse(response, { originalUrl: this.#init.url, finalUrl: url, wanted });
    } catch (error) {
      response.discard();
      throw error;
    }
    this.#probe = response;
    return this.#described;
  }

  openLane(): Lane {
    const described = this.#described;
    if (described === null)
      throw new TributaryError('internal', { reason: 'a lane was opened before the source was described' });
    // A part of a file of unknown length: where the part ends, the file may go on. It is asked for as a whole.
    if (described.sizeBytes === null && this.#probe?.status === 206) this.#dropProbe();
    const opened =
      this.#probe === null ? null : { response: this.#probe, position: described.body.start, end: described.body.end };
    this.#probe = null;
    const lane: HttpLane = new HttpLane(
      {
        request: (headers, options) => this.#get(headers, options).then(({ response }) => response),
        onClose: () => void this.#lanes.delete(lane),
        ifRange: () => (this.#ifRangeWorks ? described.ifRange : null),
        onIfRangeFailed: () => {
          this.#ifRangeWorks = false;
        },
      },
      { described, host: new URL(this.#init.url).host, url: this.#init.url, opened },
    );
    this.#lanes.add(lane);
    return lane;
  }

  close(): void {
    this.#dropProbe();
    for (const lane of [...this.#lanes]) lane.close();
  }

  /** A file of no bytes has no first byte to ask for; servers that say so in this way are right (RFC 9110 §15.5.17). */
  #describeEmpty(response: HttpResponse): SourceDescription {
    const range = parseContentRange(headerOf(response, 'content-range') ?? '');
    if (range?.kind !== 'unsatisfied' || range.total !== 0) throw statusError(416, new URL(this.#init.url).host);
    response.discard();
    this.#described = describeResponse(response, {
      originalUrl: this.#init.url,
      finalUrl: this.#resolvedUrl,
      wanted: WHOLE_FILE,
      emptyFile: true,
    });
    return this.#described;
  }

  #dropProbe(): void {
    this.#probe?.discard();
    this.#probe = null;
  }

  /** Sends a GET to where redirects led; when that address has expired, once more from the original one. */
  async #get(
    headers: Record<string, string>,
    options: { signal: AbortSignal },
  ): Promise<{ response: HttpResponse; url: string }> {
    const known = this.#resolvedUrl;
    const first = await this.#follow(known, headers, options);
    if (known === this.#init.url || !EXPIRED.has(first.response.status)) return this.#accept(first);
    first.response.discard();
    return this.#accept(await this.#follow(this.#init.url, headers, options));
  }

  #accept(answer: { response: HttpResponse; url: string }): { response: HttpResponse; url: string } {
    const { status } = answer.response;
    if (status === 200 || status === 206 || status === 416) {
      this.#resolvedUrl = answer.url;
      return answer;
    }
    const retryAfterMs =
      parseRetryAfter(headerOf(answer.response, 'retry-after'), Date.now()) ??
      parseRateLimit(headerOf(answer.response, 'ratelimit'));
    answer.response.discard();
    const error = statusError(status, new URL(answer.url).host);
    throw retryAfterMs === null ? error : new TributaryError(error.code, { ...error.args, retryAfterMs });
  }

  async #follow(
    start: string,
    headers: Record<string, string>,
    options: { signal: AbortSignal },
  ): Promise<{ response: HttpResponse; url: string }> {
    const chain = [start];
    const all = {
      'user-agent': this.#init.userAgent,
      accept: '*/*',
      ...this.#init.headers,
      'accept-encoding': 'identity',
      ...headers,
    };
    for (;;) {
      const url = chain.at(-1) ?? start;
      const response = await this.#client.get(url, headersFor(url, this.#init.url, all), options);
      if (!isRedirect(response.status)) return { response, url };
      response.discard();
      chain.push(nextHop(chain, headerOf(response, 'location')));
    }
  }
}
