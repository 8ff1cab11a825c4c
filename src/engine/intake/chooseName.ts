import { extensionOf, FALLBACK_NAME, ownFileName, safeFileName } from './fileName.ts';

export interface NameHints {
  /** What the user asked for; wins over everything. */
  readonly user?: string | undefined;
  /** Decoded from Content-Disposition. */
  readonly header?: string | null;
  readonly originalUrl: string;
  /** After redirects. */
  readonly finalUrl?: string;
  readonly contentType?: string | null;
}

/** Only types whose extension nobody disputes; a wrong extension is worse than none. */
const EXTENSION_BY_TYPE: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'application/gzip': '.gz',
    'application/json': '.json',
    'application/pdf': '.pdf',
    'application/vnd.debian.binary-package': '.deb',
    'application/wasm': '.wasm',
    'application/x-7z-compressed': '.7z',
    'application/x-tar': '.tar',
    'application/x-xz': '.xz',
    'application/xml': '.xml',
    'application/zip': '.zip',
    'application/zstd': '.zst',
    'audio/mpeg': '.mp3',
    'image/gif': '.gif',
    'image/jpeg': '.jpg',
    'image/png': '.png',
    'image/svg+xml': '.svg',
    'image/webp': '.webp',
    'text/css': '.css',
    'text/csv': '.csv',
    'text/html': '.html',
    'text/plain': '.txt',
    'video/mp4': '.mp4',
    'video/webm': '.webm',
  }),
);

/**
 * The file's name: user → Content-Disposition → last segment of the original link, decoded once → of the final link →
 * host. An extension is taken from the type only when there is none. Never empty.
 */
export function chooseName(hints: NameHints): string {
  const user = hints.user === undefined ? null : ownFileName(hints.user);
  if (user !== null) return user;
  const found =
    safeFileName(hints.header ?? '') ??
    lastSegment(hints.originalUrl) ??
    (hints.finalUrl === undefined ? null : lastSegment(hints.finalUrl)) ??
    safeFileName(new URL(hints.originalUrl).hostname) ??
    FALLBACK_NAME;
  if (extensionOf(found) !== '' && found !== new URL(hints.originalUrl).hostname) return found;
  const type = hints.contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return safeFileName(found + (EXTENSION_BY_TYPE.get(type) ?? '')) ?? found;
}

function lastSegment(url: string): string | null {
  const raw = new URL(url).pathname.split('/').at(-1) ?? '';
  try {
    return safeFileName(decodeURIComponent(raw));
  } catch {
    // A stray percent sign or another charset: the text as it stands is still a name.
    return safeFileName(raw);
  }
}
