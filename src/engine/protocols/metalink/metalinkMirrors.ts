import type { XmlElement } from '@rgrove/parse-xml';
import { offeredUrl } from '../offeredUrl.ts';
import { badMetalink, type MetalinkDocument, textOf } from './metalinkDocument.ts';

export interface MetalinkMirror {
  /** http or https, without fragment. It may hold user info, as any link that a user gives. */
  readonly url: string;
  /** From 1 (best) to 999999, which is also that of those without. */
  readonly priority: number;
  /** Two lower-case letters of ISO 3166-1; null when not said. */
  readonly location: string | null;
}

const MAX_MIRRORS = 1000;
const LOWEST_PRIORITY = 999_999;

/**
 * The mirrors of http and https, the best first, in the order of the document where that leaves it open. A link given
 * twice counts once, at its best place.
 * @param parents hold `url`: the file in version 4, its `resources` in version 3
 * @throws TributaryError `bad-metalink` for more than 1000
 */
export function readMirrors(document: MetalinkDocument, parents: readonly XmlElement[]): MetalinkMirror[] {
  const elements = parents.flatMap((parent) => document.children(parent, 'url'));
  if (elements.length > MAX_MIRRORS) throw badMetalink(`a file has more than ${MAX_MIRRORS} mirrors`);
  const mirrors = elements.flatMap((element) => {
    const { type = 'http', location = '' } = element.attributes;
    // Version 3 names torrents here, too, and they may lie at an http link.
    const url = document.version === 3 && !/^https?$/i.test(type) ? null : offeredUrl(textOf(element));
    if (url === null) return [];
    const priority = document.version === 4 ? priorityOf(element) : priorityOfPreference(element);
    return [{ url: url.href, priority, location: /^[a-z]{2}$/i.test(location) ? location.toLowerCase() : null }];
  });
  mirrors.sort((a, b) => a.priority - b.priority);
  const seen = new Set<string>();
  return mirrors.filter(({ url }) => !seen.has(url) && seen.add(url));
}

/** RFC 5854 §4.2.16.2. */
function priorityOf(element: XmlElement): number {
  const text = element.attributes.priority ?? '';
  const priority = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  return priority === 0 ? LOWEST_PRIORITY : priority;
}

/** Version 3 counts the other way round: 100 is best, 0 is last. */
function priorityOfPreference(element: XmlElement): number {
  const text = element.attributes.preference ?? '';
  const preference = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  return preference <= 100 ? 101 - preference : LOWEST_PRIORITY;
}
