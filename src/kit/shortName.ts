const MOST = 26;
/** Names of versions and parts differ at their end. */
const TAIL = 10;

/** A long name without its middle, for a line on which there has to be room for what happens: `debian-12.9.0-a…-DVD-1.iso`. */
export function shortName(name: string): string {
  const characters = [...name];
  if (characters.length <= MOST) return name;
  return [...characters.slice(0, MOST - TAIL - 1), '…', ...characters.slice(-TAIL)].join('');
}
