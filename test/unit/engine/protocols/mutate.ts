import type { SeededRandom } from '../seededRandom.ts';

/** A text with some of its parts cut out, doubled, swapped or overwritten by what parsers stumble over. */
export function mutate(text: string, random: SeededRandom, tokens: readonly string[]): string {
  let result = text;
  for (let changes = random.between(1, 8); changes > 0; changes--) {
    const start = random.between(0, result.length);
    const end = Math.min(result.length, start + random.between(0, 40));
    const part = result.slice(start, end);
    const put = random.pick([
      '',
      part + part,
      [...part].reverse().join(''),
      random.pick(tokens),
      random.pick(tokens).repeat(random.between(1, 50)),
      String.fromCharCode(random.between(0, 0xffff)),
    ]);
    result = result.slice(0, start) + put + result.slice(random.chance(0.5) ? end : start);
  }
  return result;
}
