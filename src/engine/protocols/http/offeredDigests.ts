import { parseDictionary } from 'structured-headers';
import type { Checksum } from '../../../contract/checksum.ts';
import { agreedChecksums } from '../agreedChecksums.ts';
import { checksumOf, digestAlgorithmOf } from '../checksumOf.ts';

type HeaderValues = Readonly<Record<string, string | string[] | undefined>>;

/** All digests that are known have a few hundred characters together. */
const MAX_LENGTH = 8192;

/**
 * Digests of the whole file that an answer offers, the strongest first: `Repr-Digest` (RFC 9530) and the older `Digest`
 * (RFC 3230). Both are of the file also when the answer is a part of it. `Content-Digest` and `Content-MD5` are not
 * looked at: they are of the bytes of this very message, and a part's digest would condemn every whole file.
 * What is malformed, unknown or contradicts itself is left out.
 * @param headers names in lower case
 */
export function offeredDigests(headers: HeaderValues): Checksum[] {
  const encoding = valuesOf(headers, 'content-encoding').join(',').trim().toLowerCase();
  const encoded = encoding !== '' && encoding !== 'identity';
  return agreedChecksums([
    ...valuesOf(headers, 'repr-digest').flatMap(fromReprDigest),
    ...valuesOf(headers, 'digest').flatMap((value) => fromDigest(value, encoded)),
  ]);
}

/** A dictionary of byte sequences: `sha-256=:base64:, ...`. */
function fromReprDigest(value: string): Checksum[] {
  // A field that does not parse is ignored as a whole (RFC 9651 §4.2).
  if (parsed(value) === null) return [];
  // Then member by member, because a dictionary keeps the last of two that contradict each other. No byte sequence has
  // a comma, and the halves of what has one do not parse.
  return value.split(',').flatMap((member) => {
    const [entry] = parsed(member) ?? [];
    const bytes = entry?.[1][0];
    if (entry === undefined || !(bytes instanceof ArrayBuffer)) return [];
    return checksumFor(entry[0], Buffer.from(bytes).toString('hex'));
  });
}

/** A list of `algorithm=base64`, algorithms in any case: `SHA-256=...,id-sha-256=...`. */
function fromDigest(value: string, encoded: boolean): Checksum[] {
  return value.split(',').flatMap((member) => {
    const match = /^[ \t]*(id-)?([a-z0-9-]+)=([a-z0-9+/]+={0,2})[ \t]*$/i.exec(member);
    if (match === null) return [];
    const [, identity, name = '', base64 = ''] = match;
    // `id-` is of the file before its content coding (RFC 3230 §4.1.1), and an encoded file is kept as it was sent.
    if (identity !== undefined && encoded) return [];
    return checksumFor(name, Buffer.from(base64, 'base64').toString('hex'));
  });
}

function checksumFor(name: string, hex: string): Checksum[] {
  // Both registries call SHA-1 just "sha".
  const algorithm = name.toLowerCase() === 'sha' ? 'sha1' : digestAlgorithmOf(name);
  const checksum = algorithm === null ? null : checksumOf(algorithm, hex);
  return checksum === null ? [] : [checksum];
}

function parsed(value: string): ReturnType<typeof parseDictionary> | null {
  try {
    return parseDictionary(value);
  } catch {
    return null;
  }
}

function valuesOf(headers: HeaderValues, name: string): string[] {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  const values = value === undefined ? [] : typeof value === 'string' ? [value] : value;
  return values.filter((text) => text.length <= MAX_LENGTH);
}
