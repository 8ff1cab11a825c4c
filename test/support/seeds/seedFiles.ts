import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Content } from '../content.ts';

/** Names and sizes at which a seed or a client of the classic form may stumble. */
export const AWKWARD_FILES: readonly (readonly [name: string, bytes: Buffer])[] = [
  ['empty', Buffer.alloc(0)],
  ['one', Buffer.from('x')],
  ['31', new Content(31).slice(0, 31)],
  ['32', new Content(32).slice(0, 32)],
  ['33', new Content(33).slice(0, 33)],
  ['name with spaces', Buffer.from('spaces')],
  [' a|b|12', Buffer.from('bars and a leading space')],
  ['žluťoučký kůň %41?#.txt', Buffer.from('letters, signs')],
  // At the first chunk, at a later one, and a whole chunk of nothing else.
  ['errors', Buffer.from(`ERROR: this is data, not an error${'-'.repeat(31)}ERROR: and so is this`)],
  ['error chunk', Buffer.from(`${'.'.repeat(64)}ERROR:${'E'.repeat(26)}ERROR:ERROR:ERROR:ERROR:ERROR:ER`)],
  ['error end', Buffer.from(`${'.'.repeat(32)}ERROR:`)],
];

export function writeAwkwardFiles(folder: string): void {
  for (const [name, bytes] of AWKWARD_FILES) writeFileSync(join(folder, name), bytes);
}
