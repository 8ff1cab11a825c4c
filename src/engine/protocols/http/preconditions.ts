import { parseHttpDate } from './httpDate.ts';

/** The conditional headers of a request, as Node names them. */
export interface ConditionHeaders {
  readonly 'if-match'?: string | undefined;
  readonly 'if-none-match'?: string | undefined;
  readonly 'if-modified-since'?: string | undefined;
  readonly 'if-unmodified-since'?: string | undefined;
}

/** What is served now. */
export interface ServedVersion {
  /** Strong, in its quotes. */
  readonly etag: string;
  /** As it is sent; null: no date is told. */
  readonly lastModified: string | null;
}

/**
 * What the conditions of a GET or HEAD come to, in the order of RFC 9110 §13.2.2: `failed` is answered with 412 (a client
 * that resumes by `If-Match` would mix two versions otherwise), `unchanged` with 304. A date that is none is not heeded.
 */
export function judgePreconditions(headers: ConditionHeaders, version: ServedVersion): 'met' | 'failed' | 'unchanged' {
  const { 'if-match': match, 'if-none-match': noneMatch } = headers;
  const modifiedMs = parseHttpDate(version.lastModified);
  const { etag } = version;
  if (match !== undefined) {
    if (!tagsOf(match).some((tag) => tag === '*' || tag === etag)) return 'failed';
  } else {
    const sinceMs = parseHttpDate(headers['if-unmodified-since']);
    if (sinceMs !== null && modifiedMs !== null && modifiedMs > sinceMs) return 'failed';
  }
  if (noneMatch !== undefined)
    // Weak comparison (§13.1.2).
    return tagsOf(noneMatch).some((tag) => tag === '*' || tag.replace(/^W\//, '') === etag) ? 'unchanged' : 'met';
  const sinceMs = parseHttpDate(headers['if-modified-since']);
  return sinceMs !== null && modifiedMs !== null && modifiedMs <= sinceMs ? 'unchanged' : 'met';
}

function tagsOf(header: string): string[] {
  return header.split(',').map((tag) => tag.trim());
}
