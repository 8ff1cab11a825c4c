import stringWidth from 'string-width';

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Columns that a text takes in a terminal: two for wide characters and emoji, none for combining marks. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** Fills up with spaces, or shortens, to exactly `columns`. */
export function fitLeft(text: string, columns: number, ellipsis = '…'): string {
  const short = shortenMiddle(text, columns, ellipsis);
  return short + ' '.repeat(Math.max(0, columns - widthOf(short)));
}

/** Fills up with spaces on the left; what is too wide stays as it is. */
export function fitRight(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - widthOf(text))) + text;
}

/** At most `columns` wide, with one `ellipsis` in place of the middle: names differ at their ends (numbers, extensions). */
export function shortenMiddle(text: string, columns: number, ellipsis = '…'): string {
  if (widthOf(text) <= columns) return text;
  if (columns <= 1) return columns < 1 ? '' : ellipsis;
  const characters = [...segmenter.segment(text)].map(({ segment }) => segment);
  const room = columns - 1;
  const head = takeColumns(characters, Math.ceil(room / 2));
  const tail = takeColumns(characters.toReversed(), room - widthOf(head.join(''))).toReversed();
  return `${head.join('')}${ellipsis}${tail.join('')}`;
}

function takeColumns(characters: readonly string[], columns: number): string[] {
  const taken: string[] = [];
  let used = 0;
  for (const character of characters) {
    used += widthOf(character);
    if (used > columns) break;
    taken.push(character);
  }
  return taken;
}

/** A name from a server may hold what moves the cursor; it becomes visible instead. */
export function withoutControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\uFFFD');
}
