import { base36 } from 'multiformats/bases/base36';
import { CID } from 'multiformats/cid';
import { TributaryError } from '../../contract/errors.ts';
import type { Address } from './address.ts';
import { safeFileName } from './fileName.ts';

/** What stands in an `ipfs://` link. */
export interface IpfsLink {
  /** Version 1, in base32. */
  readonly cid: string;
  /** Names below it, decoded. */
  readonly path: readonly string[];
  /** What the file should be called: `?filename=`, as gateways know it, else the path's last name, else the CID. */
  readonly name: string;
}

/** A CID without anything around it: version 0, or version 1 in base32, base36 or base58. */
const BARE = /^(?:Qm[1-9A-HJ-NP-Za-km-z]{44}|b[a-z2-7]{50,}|k[0-9a-z]{50,}|z[1-9A-HJ-NP-Za-km-z]{40,})(?:[/?].*)?$/;
const MAX_PATH_NAMES = 64;

/** Whether the text is `ipfs://…`, `/ipfs/…` or a bare CID. */
export function isIpfsAddress(text: string): boolean {
  return /^ipfs:/i.test(text) || text.startsWith('/ipfs/') || BARE.test(text);
}

/**
 * `ipfs://<cid>[/path][?filename=name]`, `/ipfs/<cid>[/path]`, or a bare CID.
 * @throws TributaryError `not-a-link`
 */
export function parseIpfsAddress(text: string): Address {
  const { cid, path, name } = readLink(text);
  const plain = `ipfs://${[cid, ...path.map(encodeURIComponent)].join('/')}`;
  const last = path.at(-1) ?? cid;
  return {
    kind: 'ipfs',
    url: name === null || name === last ? plain : `${plain}?filename=${encodeURIComponent(name)}`,
    display: plain,
    host: cid,
    authorization: null,
    privateQuery: false,
  };
}

/** The parts of an address that `parseIpfsAddress` has read. */
export function ipfsLinkOf(url: string): IpfsLink {
  const { cid, path, name } = readLink(url);
  return { cid, path, name: safeFileName(name ?? '') ?? safeFileName(path.at(-1) ?? '') ?? cid };
}

function readLink(text: string): { cid: string; path: readonly string[]; name: string | null } {
  const rest = text.trim().replace(/^ipfs:\/\/(?:ipfs\/)?|^\/ipfs\//i, '');
  const [, head = '', query = ''] = /^([^?#]*)(?:\?([^#]*))?/.exec(rest) ?? [];
  const [cid = '', ...path] = head.split('/').filter((part, index) => index === 0 || part !== '');
  if (path.length > MAX_PATH_NAMES) throw notALink(text);
  try {
    const parsed = cid.startsWith('k') ? CID.parse(cid, base36) : CID.parse(cid);
    const name = new URLSearchParams(query).get('filename');
    return { cid: parsed.toV1().toString(), path: path.map(decodeURIComponent), name };
  } catch {
    throw notALink(text);
  }
}

function notALink(text: string): TributaryError {
  return new TributaryError('not-a-link', { text: text.trim().slice(0, 80) });
}
