import { TributaryError } from '../../contract/errors.ts';
import type { SourceKind } from '../../contract/task.ts';
import { parseHubLink } from './hubAddress.ts';
import { isIpfsAddress, parseIpfsAddress } from './ipfsAddress.ts';
import { parseSeedAddress } from './seedAddress.ts';

/** A link, taken apart into what may be shown, what may be written down and what must stay in memory. */
export interface Address {
  readonly kind: SourceKind;
  /** The link to fetch, without user info. */
  readonly url: string;
  /** Origin and path only: for lists, logs and messages. */
  readonly display: string;
  /** Host and port as shown in messages. */
  readonly host: string;
  /** Value of the Authorization header that the link's user info stands for; null without user info. */
  readonly authorization: string | null;
  /** True when the query looks like it carries a key, so that the link itself must not be written down. */
  readonly privateQuery: boolean;
}

/**
 * Query names that hold signatures, tokens or keys at the big stores (S3, GCS, Azure, Hugging Face, GitHub, ...): a word of
 * such a meaning as a part of the name, or one of the short names of Azure's shared access signatures and CloudFront.
 */
const PRIVATE_QUERY =
  /(?:^|[-_.])(?:sig|sign|signature|hmac|mac|token|auth|authorization|key|secret|pass|passwd|password|passphrase|pwd|credential|credentials|session|jwt|ticket|sas|code|policy)(?:$|[-_.])|token|secret|signature|password|apikey|accesskey|^x-(?:amz|goog|oss|cos)-|^(?:st|se|sv|sp|sr)$/i;

/**
 * Reads what a user pasted. White space around it and spaces inside the path are forgiven.
 * @throws TributaryError `not-a-link`, `scheme-unsupported`, `bad-option` (a hub or seed address)
 */
export function parseAddress(text: string): Address {
  const trimmed = text.trim();
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(trimmed)?.[0]?.toLowerCase();
  if (scheme === 'seed:') return parseSeedAddress(trimmed);
  if (scheme === 'hub:') return parseHubLink(trimmed);
  if (isIpfsAddress(trimmed)) return parseIpfsAddress(trimmed);
  if (scheme !== 'http:' && scheme !== 'https:') {
    // "localhost:8080/x" parses as scheme "localhost:"; without "//" it is no link of another kind but a forgotten http://.
    if (scheme !== undefined && trimmed.startsWith(`${trimmed.slice(0, scheme.length)}//`)) {
      throw new TributaryError('scheme-unsupported', { scheme: scheme.slice(0, -1) });
    }
    throw new TributaryError('not-a-link', { text: shorten(trimmed) });
  }
  // The URL parser forgives "http:foo" and "http:/foo"; a user who typed that did not mean the host "foo".
  if (!/^https?:\/\/[^/]/i.test(trimmed) || /[\r\n\t]/.test(trimmed))
    throw new TributaryError('not-a-link', { text: shorten(trimmed) });
  let url: URL;
  try {
    url = new URL(trimmed);
  } catch {
    throw new TributaryError('not-a-link', { text: shorten(trimmed) });
  }
  const authorization = url.username === '' && url.password === '' ? null : basicAuthorization(url);
  url.username = '';
  url.password = '';
  url.hash = '';
  return {
    kind: 'http',
    url: url.href,
    display: displayAddress(url),
    host: url.host,
    authorization,
    privateQuery: [...url.searchParams.keys()].some((name) => PRIVATE_QUERY.test(name)),
  };
}

/** By its scheme alone, for an address that was parsed before. */
export function kindOf(address: string): SourceKind {
  const scheme = address.slice(0, address.indexOf(':')).toLowerCase();
  return scheme === 'seed' || scheme === 'hub' || scheme === 'ipfs' ? scheme : 'http';
}

/** Origin and path: everything of a link that may be shown. */
export function displayAddress(url: URL): string {
  return url.origin + url.pathname;
}

/** The link with every query value left out; what stands in a record when the query is private. */
export function withoutQueryValues(url: string): string {
  const copy = new URL(url);
  const names = [...copy.searchParams.keys()];
  copy.search = '';
  for (const name of names) copy.searchParams.append(name, '');
  return copy.href;
}

/** Whether the link is what a record keeps as `kept`, with the secrets that the record leaves out. */
export function isFullForm(link: string, kept: string): boolean {
  const { url, privateQuery } = parseAddress(link);
  return (privateQuery ? withoutQueryValues(url) : url) === kept;
}

/** RFC 7617, with UTF-8 as every current server expects it. */
function basicAuthorization(url: URL): string {
  const pair = `${decodeOnce(url.username)}:${decodeOnce(url.password)}`;
  return `Basic ${Buffer.from(pair, 'utf8').toString('base64')}`;
}

function decodeOnce(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A message never repeats what may be a password or a key: all before the last @, and the query, are cut; so is the length. */
function shorten(text: string): string {
  const hidden = text.includes('@') ? `…${text.slice(text.lastIndexOf('@'))}` : text;
  const safe = hidden.replace(/[?#].*$/s, '').replace(/\s+/g, ' ');
  return safe.length > 80 ? `${safe.slice(0, 77)}...` : safe;
}
