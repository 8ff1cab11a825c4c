/**
 * What a person typed, pasted or dropped as links. Pure, and quick enough for every key stroke. The engine checks each
 * link again on its own: this is for a plain sentence while typing.
 */
import { type ErrorInfo, TributaryError } from '../contract/errors.ts';
import { decodedOrPlain, ipfsLink, ipfsLinkLabel } from './ipfsLink.ts';

export interface LinkRequest {
  readonly address: string;
  /** `sha256:<hex>` that stood behind the link. */
  readonly checksum: string | null;
  /** Further links to the same file. @default none */
  readonly mirrors?: readonly string[];
  /** What the file is to be called. @default as the link or its server says */
  readonly fileName?: string;
}

export type LinkInput =
  | { readonly kind: 'empty' }
  /** The beginning of `https://`: nothing to complain about yet. */
  | { readonly kind: 'unfinished' }
  | { readonly kind: 'links'; readonly links: readonly [LinkRequest, ...LinkRequest[]] }
  | { readonly kind: 'problem'; readonly error: ErrorInfo };

/** No link that anybody types or copies is longer; a clipboard may hold a whole book. */
const MAX_TEXT_LENGTH = 64 * 1024;

/** What links of our own look like; the engine reads them to the last letter. */
const LOOKS: ReadonlyMap<string, RegExp> = new Map([
  ['seed', /^seed:\/\/[^/\s]*\/[^/]/i],
  ['hub', /^hub:\/\/[^/\s]+\/[0-9a-f-]{32,36}$/i],
]);

const WHOLE_SEED = 'This is the address of a whole seed: put / and the name of a file behind it.';

const HEX_LENGTHS: Readonly<Record<string, number>> = { md5: 32, sha1: 40, sha256: 64, sha512: 128 };

const SCHEMES = ['https', 'http', 'seed', 'hub', 'ipfs'];
/**
 * A space elsewhere belongs to the link, as in https://host/my file.zip. Looked for at the beginning of each run of blanks
 * alone: at every blank of it, it would take the square of their number.
 */
const BEFORE_A_LINK = new RegExp(
  `(?<!\\s)\\s+(?=(?:${SCHEMES.join('|')}):\\/\\/|\\/ipfs\\/|(?:Qm|baf)[0-9a-z]{40})`,
  'i',
);

/** Reads one or several links, each with an optional checksum behind it: `https://… sha256:<hex> https://…`. */
export function parseLinkInput(text: string): LinkInput {
  const trimmed = text.trim();
  if (trimmed === '') return { kind: 'empty' };
  if (SCHEMES.some((scheme) => `${scheme}://`.startsWith(trimmed.toLowerCase()))) return { kind: 'unfinished' };
  try {
    if (trimmed.length > MAX_TEXT_LENGTH) throw notALink(trimmed);
    const [first = '', ...rest] = trimmed.split(BEFORE_A_LINK);
    return { kind: 'links', links: [parseOne(first), ...rest.map(parseOne)] };
  } catch (error) {
    if (error instanceof TributaryError) return { kind: 'problem', error: error.toInfo() };
    throw error;
  }
}

/** The links in dropped text: `text/uri-list` (RFC 2483, `#` starts a comment line) or plain text. */
export function parseDroppedLinks(text: string): readonly LinkRequest[] {
  const lines = text.split(/\r?\n/).filter((line) => !line.startsWith('#'));
  const links = lines.flatMap((line) => {
    const input = parseLinkInput(line);
    return input.kind === 'links' ? input.links : [];
  });
  return links.filter((link, index) => links.findIndex((other) => other.address === link.address) === index);
}

/** What a link will probably be called, to be shown before the server has answered. */
export function linkLabel(address: string): string {
  if (/^ipfs:/i.test(address)) return ipfsLinkLabel(address);
  // A name at a seed may hold anything.
  const seeded = /^seed:\/\/[^/]*\/(.+)$/is.exec(address)?.[1];
  if (seeded !== undefined) return decodedOrPlain(seeded);
  const url = new URL(address);
  const segment = url.pathname.split('/').filter(Boolean).at(-1);
  if (segment === undefined) return url.host;
  return decodedOrPlain(segment);
}

/** Whether the link holds what must not be written down in clear text: user info, or a query that may be a token. */
export function isPrivateLink(address: string): boolean {
  // What stands behind a ? is the name of the file there.
  if (/^ipfs:/i.test(address)) return false;
  if (/^seed:/i.test(address)) return /^seed:\/\/[^/@]*@/i.test(address);
  const url = new URL(address);
  return url.username !== '' || url.password !== '' || url.search !== '';
}

function parseOne(text: string): LinkRequest {
  const [, address = text, checksum = null] = /^(.*?)(?<!\s)\s+((?:sha256|sha1|sha512|md5):\S*)$/is.exec(text) ?? [];
  return { address: checkAddress(address), checksum: checksum === null ? null : checkChecksum(checksum) };
}

function checkAddress(text: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase();
  const content = ipfsLink(text);
  if (content !== null) return content;
  if (scheme === undefined || scheme === 'ipfs') throw notALink(text);
  const wellFormed = LOOKS.get(scheme);
  if (wellFormed?.test(text) && (scheme === 'seed' || URL.canParse(text))) return text;
  if (/^seed:\/\/[^/\s]+\/?$/i.test(text)) throw new TributaryError('bad-option', { what: WHOLE_SEED });
  if (wellFormed) throw notALink(text);
  if (!/^https?$/.test(scheme)) {
    // "host:8080/file" reads as the scheme "host:"; only something with // behind it was meant as one.
    const meant = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) || /^(magnet|data|mailto|file|blob|javascript):/i.test(text);
    throw meant ? new TributaryError('scheme-unsupported', { scheme }) : notALink(text);
  }
  // URL itself would take "https:host", which nobody means.
  if (!/^https?:\/\/[^/]/i.test(text) || !URL.canParse(text)) throw notALink(text);
  return text;
}

function checkChecksum(text: string): string {
  const [algorithm = '', hex = ''] = text.toLowerCase().split(':');
  if (hex.length !== HEX_LENGTHS[algorithm] || !/^[0-9a-f]+$/.test(hex)) {
    throw new TributaryError('bad-checksum', { text: shorten(text) });
  }
  return `${algorithm}:${hex}`;
}

function notALink(text: string): TributaryError {
  return new TributaryError('not-a-link', { text: shorten(text) });
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
