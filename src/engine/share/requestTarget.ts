import type { IncomingMessage } from 'node:http';

/** What a request asks for, and by which name of ours. */
export interface RequestTarget {
  readonly host: string | undefined;
  readonly path: string;
  /** Without its question mark. */
  readonly query: string;
}

/**
 * Reads the target in its usual form or the absolute one, whose authority counts in place of `Host` (RFC 9112 §3.2).
 * Null: `Host` is there more than once, and whoever stands in between may have heeded another one than we would.
 */
export function requestTarget({ url = '', headers, headersDistinct }: IncomingMessage): RequestTarget | null {
  if ((headersDistinct.host?.length ?? 0) > 1) return null;
  const [, authority, rest = url] = /^http:\/\/([^/?]*)(.*)$/is.exec(url) ?? [];
  const [path = '', query = ''] = rest.split('?', 2);
  return { host: authority ?? headers.host, path, query };
}
