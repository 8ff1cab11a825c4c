import { createHash } from 'node:crypto';
import { CID } from 'multiformats/cid';
import { create } from 'multiformats/hashes/digest';
import { encodeVarint, readVarint } from './protobuf.ts';

/** Hash functions by their code in the multicodec table, and the digest lengths that are strong enough. */
const HASHES = new Map([
  [0x12, { name: 'sha256', bytes: 32 }],
  [0x13, { name: 'sha512', bytes: 64 }],
  [0x14, { name: 'sha3-512', bytes: 64 }],
  [0x16, { name: 'sha3-256', bytes: 32 }],
]);
const IDENTITY = 0;
/** The block stands in its CID: a longer one would be a way around every limit. */
const MAX_IDENTITY_BYTES = 128;

export const RAW_CODEC = 0x55;
export const DAG_PB_CODEC = 0x70;

/** By which a block is found in tables: the same for every way to write its CID. */
export function blockKey(cid: CID): string {
  return Buffer.from(cid.multihash.bytes).toString('base64');
}

/** Whether blocks of this CID can be checked here. */
export function isCheckable({ multihash }: CID): boolean {
  if (multihash.code === IDENTITY) return multihash.size <= MAX_IDENTITY_BYTES;
  return HASHES.get(multihash.code)?.bytes === multihash.size;
}

/** The block that stands in the CID itself; null: it has to be fetched. */
export function inlineBlock({ multihash }: CID): Uint8Array | null {
  return multihash.code === IDENTITY ? multihash.digest : null;
}

/** Whether these bytes are the block of that CID. */
export function isBlockOf(cid: CID, data: Uint8Array): boolean {
  const digest = digestOf(cid.multihash.code, data);
  return digest !== null && isCheckable(cid) && Buffer.compare(digest, cid.multihash.digest) === 0;
}

/** The CID of a block that came with its prefix; null: a prefix that makes no sense, or a hash that is not known here. */
export function cidOfBlock(prefix: Uint8Array, data: Uint8Array): CID | null {
  try {
    const version = readVarint(prefix, 0);
    const codec = readVarint(prefix, version.end);
    const hash = readVarint(prefix, codec.end);
    const length = readVarint(prefix, hash.end);
    const digest = digestOf(hash.value, data);
    if (digest === null || digest.length !== length.value) return null;
    const multihash = create(hash.value, digest);
    // Version 0 means dag-pb and SHA-256; tables know blocks by their hash alone, so it need not be told apart here.
    return CID.createV1(version.value === 0 ? DAG_PB_CODEC : codec.value, multihash);
  } catch {
    return null;
  }
}

export function prefixOf({ version, code, multihash }: CID): Uint8Array {
  const numbers = [version, code, multihash.code, multihash.size];
  return Uint8Array.from(numbers.flatMap((number) => encodeVarint(number)));
}

/** Null when these bytes are no CID. */
export function decodeCid(bytes: Uint8Array): CID | null {
  try {
    return CID.decode(bytes);
  } catch {
    return null;
  }
}

function digestOf(code: number, data: Uint8Array): Uint8Array | null {
  if (code === IDENTITY) return data.length <= MAX_IDENTITY_BYTES ? data : null;
  const hash = HASHES.get(code);
  return hash === undefined ? null : createHash(hash.name).update(data).digest();
}
