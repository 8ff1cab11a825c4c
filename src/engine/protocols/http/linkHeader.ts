import { offeredUrl } from '../offeredUrl.ts';

/** What a `Link` header offers for the file it came with (RFC 6249). */
export interface LinkOffer {
  /** Other addresses of the file, the best first; `priority` from 1 (best) to 999999, which is also that of those without. */
  readonly duplicates: readonly { readonly url: string; readonly priority: number }[];
  /** Addresses of Metalinks that describe it. */
  readonly metalinks: readonly string[];
}

interface Link {
  readonly target: string;
  /** The first of each name counts (RFC 8288 §3.3, §3.4); a parameter without a value, such as `pref`, is ''. */
  readonly parameters: ReadonlyMap<string, string>;
}

const NO_OFFER: LinkOffer = { duplicates: [], metalinks: [] };
const MAX_LENGTH = 64 * 1024;
const MAX_DUPLICATES = 64;
const MAX_METALINKS = 8;
const LOWEST_PRIORITY = 999_999;

// RFC 8288 §3, appendix B. Own patterns, because the parsers on npm lose the link after a parameter without a value
// (RFC 6249 has one, `pref`) or take seconds and a gigabyte for a hostile header.
const TARGET = /[ \t,]*<([^<>]*)>/y;
const PARAMETER =
  /[ \t]*;[ \t]*([!#$%&'*+.^_`|~0-9a-z-]*)(?:[ \t]*=[ \t]*(?:"([^"\\]*(?:\\.[^"\\]*)*)"|([^ \t,;"]*)))?/iy;
const END_OF_LINK = /[ \t]*(?:,|$)/y;

/**
 * Mirrors and Metalinks in a `Link` header, of http and https only, without user info. Never throws: a header that is
 * malformed or longer than 64 KiB offers nothing, since what is left of it may say something else.
 * @param value values given several times are joined by commas
 * @param baseUrl what relative links are resolved against: the address that answered
 */
export function parseLinkHeader(value: string, baseUrl: string): LinkOffer {
  const links = value.length > MAX_LENGTH ? null : readLinks(value);
  const own = offeredUrl(baseUrl);
  if (links === null || own === null) return NO_OFFER;

  const seen = new Set([withoutUserInfo(own)]);
  const duplicates: { url: string; priority: number; preferred: boolean }[] = [];
  const metalinks: string[] = [];
  for (const { target, parameters } of links) {
    // A link with an anchor is about another file (RFC 8288 §3.2).
    if (parameters.has('anchor')) continue;
    const relations = (parameters.get('rel') ?? '').toLowerCase().split(/[ \t]+/);
    const duplicate = relations.includes('duplicate');
    const metalink = relations.includes('describedby') && isMetalinkType(parameters.get('type') ?? '');
    if (!duplicate && !metalink) continue;
    const resolved = offeredUrl(target, own.href);
    const url = resolved === null ? null : withoutUserInfo(resolved);
    if (url === null || seen.has(url)) continue;
    seen.add(url);
    if (metalink) metalinks.push(url);
    else duplicates.push({ url, priority: priorityOf(parameters.get('pri')), preferred: parameters.has('pref') });
  }
  duplicates.sort((a, b) => a.priority - b.priority || Number(b.preferred) - Number(a.preferred));
  return {
    duplicates: duplicates.slice(0, MAX_DUPLICATES).map(({ url, priority }) => ({ url, priority })),
    metalinks: metalinks.slice(0, MAX_METALINKS),
  };
}

/** Null when the header is malformed. Linear in its length: every pattern goes on where the last one ended. */
function readLinks(header: string): Link[] | null {
  const links: Link[] = [];
  let position = 0;
  const next = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position;
    const match = pattern.exec(header);
    if (match !== null) position = pattern.lastIndex;
    return match;
  };
  while (position < header.length) {
    const target = next(TARGET)?.[1];
    if (target === undefined) return /^[ \t,]*$/.test(header.slice(position)) ? links : null;
    const parameters = new Map<string, string>();
    for (let parameter = next(PARAMETER); parameter !== null; parameter = next(PARAMETER)) {
      const [, name = '', quoted, token = ''] = parameter;
      const key = name.toLowerCase();
      if (!parameters.has(key)) parameters.set(key, quoted?.replace(/\\(.)/g, '$1') ?? token);
    }
    if (next(END_OF_LINK) === null) return null;
    links.push({ target, parameters });
  }
  return links;
}

function isMetalinkType(type: string): boolean {
  return /^[ \t]*application\/metalink4\+xml[ \t]*(?:;|$)/i.test(type);
}

function priorityOf(text: string | undefined): number {
  const priority = text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : 0;
  return priority === 0 ? LOWEST_PRIORITY : priority;
}

/** A server does not get to make somebody else's credentials part of a request. */
function withoutUserInfo(url: URL): string {
  const copy = new URL(url);
  copy.username = '';
  copy.password = '';
  return copy.href;
}
