import { TributaryError } from '../../../contract/errors.ts';
import { chooseName } from '../../intake/chooseName.ts';
import { extensionOf } from '../../intake/fileName.ts';
import { type HttpResponse, headerOf } from '../../net/httpResponse.ts';
import { parseContentLength } from '../../protocols/http/contentLength.ts';
import { parseContentRange } from '../../protocols/http/contentRange.ts';
import { dispositionName } from '../../protocols/http/dispositionName.ts';
import { parseLinkHeader } from '../../protocols/http/linkHeader.ts';
import { offeredDigests } from '../../protocols/http/offeredDigests.ts';
import { ifRange, type Validators } from '../../protocols/http/validators.ts';
import type { ByteRange, SourceDescription, SourceOffers } from '../source.ts';

/** A description plus what later requests need. */
export interface Described extends SourceDescription {
  readonly version: Validators;
  /** Value for `If-Range`; null when the server gave nothing that is strong enough. */
  readonly ifRange: string | null;
  /** Content coding of the body, in lower case; null: none. It is stored as sent. */
  readonly encoding: string | null;
  /** What the answer's own body holds; ends at `Infinity` when that is not told. */
  readonly body: ByteRange;
}

/**
 * What the answer to a request for `wanted` tells about the file.
 * @throws TributaryError `bad-response`, `range-mismatch`, `not-the-file`
 */
export function describeResponse(
  response: HttpResponse,
  where: { originalUrl: string; finalUrl: string; wanted: ByteRange; emptyFile?: boolean },
): Described {
  const host = new URL(where.finalUrl).host;
  const contentType = headerOf(response, 'content-type');
  const disposition = headerOf(response, 'content-disposition');
  refuseWebPage(response, where.originalUrl, host);
  const version: Validators = { etag: headerOf(response, 'etag'), lastModified: headerOf(response, 'last-modified') };
  const { sizeBytes, ranges, body } = where.emptyFile === true ? EMPTY : extentOf(response, host, where.wanted);
  return {
    sizeBytes,
    ranges,
    body,
    version,
    ifRange: ifRange(version, headerOf(response, 'date')),
    encoding: encodingOf(response),
    checksums: offeredDigests(response.headers),
    offers: offersOf(response, where.finalUrl),
    isMetalink: isMetalink(contentType, where.originalUrl),
    suggestedName: chooseName({
      header: dispositionName(disposition),
      originalUrl: where.originalUrl,
      finalUrl: where.finalUrl,
      contentType,
    }),
  };
}

/** How the body is packed, although it was asked for as it is; null: not at all. */
export function encodingOf(response: Pick<HttpResponse, 'headers'>): string | null {
  const encoding = headerOf(response, 'content-encoding')?.trim().toLowerCase() ?? 'identity';
  return encoding === 'identity' || encoding === '' ? null : encoding;
}

type Extent = Pick<Described, 'sizeBytes' | 'ranges' | 'body'>;

const EMPTY: Extent = { sizeBytes: 0, ranges: true, body: { start: 0, end: 0 } };

function extentOf(response: HttpResponse, host: string, wanted: ByteRange): Extent {
  const encoded = encodingOf(response) !== null;
  if (response.status === 206) {
    const range = parseContentRange(headerOf(response, 'content-range') ?? '');
    if (range?.kind !== 'range')
      throw new TributaryError('bad-response', { host, reason: 'a part of a file without its place' });
    if (range.start !== wanted.start || range.end > wanted.end) throw new TributaryError('range-mismatch', { host });
    const body = { start: range.start, end: range.end };
    // Encoded on the fly: ranges of it need not fit together. Its length is known all the same.
    return { sizeBytes: range.total, ranges: !encoded && range.total !== null, body };
  }
  const length = parseContentLength(response.headers['content-length']);
  if (length === 'invalid') throw new TributaryError('bad-response', { host, reason: 'a length that is no number' });
  if (length !== null && headerOf(response, 'transfer-encoding') !== null) {
    // Two framings at once are an attack or a fault (RFC 9112 §6.3): the body could be read in two ways.
    throw new TributaryError('bad-response', { host, reason: 'two lengths at once' });
  }
  return { sizeBytes: length, ranges: false, body: { start: 0, end: length ?? Number.POSITIVE_INFINITY } };
}

function offersOf(response: HttpResponse, url: string): SourceOffers {
  const offer = parseLinkHeader(headerOf(response, 'link') ?? '', url);
  return { mirrors: offer.duplicates.map((duplicate) => duplicate.url), metalinks: offer.metalinks };
}

/** By its type (RFC 5854 §6), or by the name, because many servers do not know the type. */
function isMetalink(contentType: string | null, url: string): boolean {
  if (/^\s*application\/metalink4?\+xml\b/i.test(contentType ?? '')) return true;
  return /\.(?:meta4|metalink)$/i.test(new URL(url).pathname);
}

/**
 * A login or error page must not become the file. It is taken for one when the link names another kind of file by its
 * extension and nothing in the answer says that the page itself is meant to be saved.
 * @throws TributaryError `not-the-file`
 */
export function refuseWebPage(response: HttpResponse, url: string, host: string): void {
  const contentType = headerOf(response, 'content-type') ?? '';
  if (!/^\s*text\/html\b/i.test(contentType) || headerOf(response, 'content-disposition') !== null) return;
  const segment = new URL(url).pathname.split('/').at(-1) ?? '';
  const extension = extensionOf(segment).toLowerCase();
  const page = /^(?:|\.(?:x?html?|php\d?|aspx?|jsp|cgi|do|action|md|txt|pl|py|rb))$/;
  if (!page.test(extension) && /[a-z]/.test(extension)) throw new TributaryError('not-the-file', { host });
}
