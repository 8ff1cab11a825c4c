import { createHash } from 'node:crypto';
import { CID } from 'multiformats/cid';
import { create } from 'multiformats/hashes/digest';

/** Version 1, raw, SHA-256. */
export function cidOfBytes(bytes: Uint8Array): CID {
  return CID.createV1(0x55, create(0x12, createHash('sha256').update(bytes).digest()));
}
