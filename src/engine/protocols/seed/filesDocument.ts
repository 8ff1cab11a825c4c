import * as v from 'valibot';

/** A file as `GET /files` tells of it. */
export interface ListedFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** Lower-case hex; null while the seed does not know it, or never will. */
  readonly sha256: string | null;
}

/** Longest answer to `GET /files` or `GET /pieces` that is looked at. */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;

/** More hashes than that are not worth their transfer. */
const MAX_PIECES = 65_536;
const SMALLEST_PIECE_BYTES = 256 * 1024;

const FIRST_DATE_MS = Date.parse('0000-01-01T00:00:00Z');
const LAST_DATE_MS = Date.parse('9999-12-31T23:59:59.999Z');

const SHA256 = v.pipe(v.string(), v.regex(/^[0-9a-fA-F]{64}$/), v.toLowerCase());
const Size = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Files = v.array(v.object({ name: v.string(), size: Size, sha256: v.nullish(SHA256) }));
const Pieces = v.object({ length: Size, sha256: v.pipe(v.array(SHA256), v.maxLength(MAX_PIECES)) });

/** @param files `mtimeMs` in milliseconds since the epoch */
export function formatFiles(files: readonly (ListedFile & { readonly mtimeMs: number })[]): string {
  return JSON.stringify(
    files.map(({ name, sizeBytes, sha256, mtimeMs }) => ({
      name,
      size: sizeBytes,
      sha256,
      mtime: dateOf(mtimeMs).toISOString(),
    })),
  );
}

/** Within the years 0 to 9999: file systems know more time than dates do, and one such file would take the list with it. */
function dateOf(mtimeMs: number): Date {
  return new Date(Math.min(Math.max(mtimeMs, FIRST_DATE_MS), LAST_DATE_MS));
}

/** Null when it is not the list of a seed. Of two of one name the last one counts. */
export function parseFiles(text: string): ListedFile[] | null {
  const parsed = v.safeParse(Files, parseJson(text));
  if (!parsed.success) return null;
  const named = new Map(parsed.output.map((file) => [file.name, file]));
  return [...named.values()].map(({ name, size, sha256 }) => ({ name, sizeBytes: size, sha256: sha256 ?? null }));
}

export function formatPieces(lengthBytes: number, hashes: readonly string[]): string {
  return JSON.stringify({ length: lengthBytes, sha256: hashes });
}

/** The hashes of a file of that size in pieces of that length; null when the answer is of another form, length or number. */
export function parsePieces(text: string, wanted: { lengthBytes: number; sizeBytes: number }): string[] | null {
  const parsed = v.safeParse(Pieces, parseJson(text));
  if (!parsed.success || parsed.output.length !== wanted.lengthBytes) return null;
  return parsed.output.sha256.length === pieceCount(wanted) ? parsed.output.sha256 : null;
}

export function pieceCount({ lengthBytes, sizeBytes }: { lengthBytes: number; sizeBytes: number }): number {
  return Math.ceil(sizeBytes / lengthBytes);
}

/** Whether hashes of pieces of that length may be asked of a seed. */
export function isPieceLength(lengthBytes: number, sizeBytes: number): boolean {
  if (!Number.isSafeInteger(lengthBytes) || lengthBytes < 1) return false;
  return pieceCount({ lengthBytes, sizeBytes }) <= MAX_PIECES;
}

/** The length that our seeds have ready and our clients ask for: about a thousand pieces, none below 256 KiB. */
export function usualPieceLength(sizeBytes: number): number {
  let lengthBytes = SMALLEST_PIECE_BYTES;
  while (sizeBytes / lengthBytes > 1024) lengthBytes *= 2;
  return lengthBytes;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
