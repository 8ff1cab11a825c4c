import type { Checksum } from '../../contract/checksum.ts';
import { agreedChecksums, STRONGEST_FIRST } from './agreedChecksums.ts';
import { checksumOf, digestAlgorithmOf } from './checksumOf.ts';

interface Entry {
  /** Null for a bare digest, or one of the standard input (`-`). */
  readonly name: string | null;
  readonly checksum: Checksum;
}

const MAX_LENGTH = 1024 * 1024;

/**
 * GNU: digest, space, space or `*`, name; many tools are freer with the white space. With the flag `s`, as else the white space
 * is tried in every length when the name holds a character that ends a line.
 */
const GNU = /^(\\?)([0-9a-f]{32,128})(?: [ *]|[ \t]+)(.+)$/is;
/** BSD and `--tag`: `SHA256 (name) = digest`; OpenSSL without the spaces. */
const BSD = /^(\\?)([a-z0-9-]{3,12}) ?\((.+)\) ?= ?([0-9a-f]{32,128})$/is;

/**
 * The strongest digest that a checksum file (`name.sha256`, `SHA256SUMS`, `CHECKSUM`, ...) states for a file; null when
 * it states none or contradicts itself. The exact name comes before one whose last path segment is that name. A bare
 * digest is the file's when nothing else is in the text. Of a signed text only what is signed counts; the signature
 * itself is not checked. More than 1 MiB is not read.
 */
export function findChecksum(text: string, fileName: string): Checksum | null {
  if (text.length > MAX_LENGTH) return null;
  const entries: Entry[] = [];
  let lines = 0;
  for (const line of signedLines(text.replace(/^\ufeff/, '').split(/\r?\n/))) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    lines++;
    const entry = readEntry(line.trimEnd());
    if (entry !== null) entries.push(entry);
  }
  const exact = entries.filter(({ name }) => name === fileName);
  const named =
    exact.length > 0 ? exact : entries.filter(({ name }) => name !== null && lastSegment(name) === fileName);
  const bare = lines === 1 ? entries.filter(({ name }) => name === null) : [];
  return agreedChecksums((named.length > 0 ? named : bare).map(({ checksum }) => checksum))[0] ?? null;
}

/** The lines inside a PGP clear-signed message (RFC 9580 §7), or all of them. */
function signedLines(lines: readonly string[]): readonly string[] {
  const begin = lines.findIndex((line) => line.trimEnd() === '-----BEGIN PGP SIGNED MESSAGE-----');
  if (begin < 0) return lines;
  // Armor headers (`Hash: SHA256`) end at an empty line.
  const start = lines.findIndex((line, index) => index > begin && line.trim() === '') + 1;
  const end = lines.findIndex((line, index) => index >= start && line.trimEnd() === '-----BEGIN PGP SIGNATURE-----');
  return start === 0 || end < 0 ? [] : lines.slice(start, end).map((line) => line.replace(/^- /, ''));
}

function readEntry(line: string): Entry | null {
  const bsd = BSD.exec(line);
  if (bsd !== null) {
    const [, escaped, word = '', name = '', hex = ''] = bsd;
    const algorithm = digestAlgorithmOf(word);
    const checksum = algorithm === null ? null : checksumOf(algorithm, hex);
    return checksum === null ? null : { name: plainName(name, escaped === '\\'), checksum };
  }
  const gnu = GNU.exec(line);
  const checksum = checksumByLength(gnu?.[2] ?? line.trim());
  if (checksum === null) return null;
  return { name: gnu === null ? null : plainName(gnu[3] ?? '', gnu[1] === '\\'), checksum };
}

function checksumByLength(hex: string): Checksum | null {
  for (const algorithm of STRONGEST_FIRST) {
    const checksum = checksumOf(algorithm, hex);
    if (checksum !== null) return checksum;
  }
  return null;
}

/** A line that begins with a backslash has backslashes and line ends of its name escaped (GNU coreutils). */
function plainName(name: string, escaped: boolean): string | null {
  if (name === '-') return null;
  if (!escaped) return name;
  const plain: Readonly<Record<string, string>> = { n: '\n', r: '\r', '\\': '\\' };
  return name.replace(/\\(.)/g, (whole, letter: string) => plain[letter] ?? whole);
}

function lastSegment(name: string): string {
  return name.trim().replace(/^\*/, '').split(/[\\/]/).at(-1) ?? '';
}
