import type { Content } from '../content.ts';
import type { Exchange, Handler } from './exchange.ts';
import type { LoggedRequest } from './requestLog.ts';
import type { BodyBehaviour } from './sendBody.ts';
import { sendBody } from './sendBody.ts';

interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A file on a server. The object is read at every request: changing it changes the file under the client's feet. */
export interface ServedFile {
  content: Content;
  /** As on the wire, quotes and `W/` included; null: none. @default a strong one made of seed and size */
  etag?: string | null;
  /** HTTP date; null: none. @default null */
  lastModified?: string | null;
  /** False: every request is answered 200 with the whole file. @default true */
  ranges?: boolean;
  /** `ignored`: a range is sent whatever If-Range says. `always-full`: 200 whenever there is an If-Range. @default 'honest' */
  ifRange?: 'honest' | 'ignored' | 'always-full';
  /** `chunked`: no length is told. A number: the Content-Length is that much greater than the truth. @default 'told' */
  length?: 'told' | 'chunked' | number;
  /** Further response headers. */
  headers?: Readonly<Record<string, string>>;
  /** What a 206 really holds instead of what was asked. */
  moveRange?: (asked: ByteRange) => ByteRange;
  /** What the Content-Range of a 206 claims. @default the truth */
  contentRange?: (sent: ByteRange, sizeBytes: number) => string;
  /** How the body of each answer is sent. */
  body?: (request: LoggedRequest, range: ByteRange) => BodyBehaviour;
}

export function strongEtag(content: Content): string {
  return `"${content.seed.toString(36)}-${content.sizeBytes.toString(36)}"`;
}

/** Serves one file as RFC 9110 wants it, except for what the options spoil. */
export function serveFile(file: ServedFile): Handler {
  return async (exchange) => {
    const { request, response, logged } = exchange;
    const { content } = file;
    const etag = file.etag === undefined ? strongEtag(content) : file.etag;
    const headers: Record<string, string> = { 'Content-Type': 'application/octet-stream' };
    if (file.ranges !== false) headers['Accept-Ranges'] = 'bytes';
    if (etag !== null) headers.ETag = etag;
    if (file.lastModified) headers['Last-Modified'] = file.lastModified;
    Object.assign(headers, file.headers);

    let range: ByteRange = { start: 0, end: content.sizeBytes };
    let status = 200;
    if (file.ranges !== false && logged.range !== null && ifRangeHolds(exchange, file, etag)) {
      const asked = {
        start: logged.range.start,
        end: Math.min(logged.range.end ?? content.sizeBytes, content.sizeBytes),
      };
      if (asked.start >= content.sizeBytes) {
        response
          .writeHead(416, { ...headers, 'Content-Range': `bytes */${content.sizeBytes}`, 'Content-Length': '0' })
          .end();
        return;
      }
      range = file.moveRange?.(asked) ?? asked;
      status = 206;
      headers['Content-Range'] =
        file.contentRange?.(range, content.sizeBytes) ?? `bytes ${range.start}-${range.end - 1}/${content.sizeBytes}`;
    }
    if (file.length !== 'chunked') {
      const lie = typeof file.length === 'number' ? file.length : 0;
      headers['Content-Length'] = String(range.end - range.start + lie);
    }
    response.writeHead(status, headers);
    if (request.method === 'HEAD') response.end();
    else await sendBody(exchange, content, range, behaviourOf(file, logged, range));
  };
}

function behaviourOf(file: ServedFile, logged: LoggedRequest, range: ByteRange): BodyBehaviour {
  const behaviour = file.body?.(logged, range) ?? {};
  // A told length that is greater than the body is only noticed when the connection ends there.
  return typeof file.length === 'number' && file.length > 0
    ? { endAfterBytes: range.end - range.start, ...behaviour }
    : behaviour;
}

function ifRangeHolds({ request }: Exchange, file: ServedFile, etag: string | null): boolean {
  const given = request.headers['if-range']?.toString();
  if (given === undefined || file.ifRange === 'ignored') return true;
  if (file.ifRange === 'always-full') return false;
  // RFC 9110 §13.1.5: a weak tag never matches here.
  if (given.startsWith('"')) return given === etag;
  return !given.startsWith('W/') && given === file.lastModified;
}
