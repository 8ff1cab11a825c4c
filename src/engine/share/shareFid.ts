import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { accountName } from '../disk/accountName.ts';

/**
 * The fid under which this user offers this state of a file: the same every time, so that an upload that broke off goes on
 * where it was, whichever process comes back to it, and nothing is listed twice. A uuid of version 8 (RFC 9562 §5.8).
 */
export function shareFid(file: {
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}): string {
  const who = [hostname(), accountName()];
  const hash = createHash('sha256')
    .update(JSON.stringify([who, file.path, file.sizeBytes, file.modifiedMs]))
    .digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex', 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
