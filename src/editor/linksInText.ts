export interface FoundLink {
  readonly address: string;
  /** Half-open, in UTF-16 units, as the editor counts. */
  readonly start: number;
  readonly end: number;
}

/** Up to what cannot be a part of a link in a text, as the parenthesis around one in Markdown. */
const LINK = /(?:https?|seed|hub|ipfs):\/\/[^\s<>"'`()[\]{}|\\^]+/gi;
/** Ends a sentence, not a link. */
const TRAILING = /[.,;:!?…]+$/;

/** The links in a text of any kind: prose, Markdown, code. */
export function linksInText(text: string): FoundLink[] {
  return [...text.matchAll(LINK)].map(({ 0: found, index }) => {
    const address = found.replace(TRAILING, '');
    return { address, start: index, end: index + address.length };
  });
}
