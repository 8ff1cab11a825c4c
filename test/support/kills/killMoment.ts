/** When a program is killed: at an event where it writes, or when the server has sent so many bytes. */
export type KillMoment =
  | {
      readonly kind: 'event';
      readonly what: string;
      /** The name of the file that something happened to. */
      matches(name: string): boolean;
      /** At the how manieth of these events. */
      readonly count: number;
    }
  | { readonly kind: 'bytes'; readonly bytes: number };

/** Each of the instants between flush, record, rename and tidying up lies behind one of these events. */
const EVENTS: readonly { readonly what: string; readonly most: number; matches(name: string): boolean }[] = [
  { what: 'anything happens', most: 24, matches: () => true },
  { what: 'the part is written', most: 8, matches: (name) => name.endsWith('.part') },
  { what: 'a record is being written', most: 4, matches: (name) => name.endsWith('.tmp') },
  { what: 'the record is replaced', most: 4, matches: (name) => name.endsWith('.part.json') },
  { what: 'the task is written down', most: 3, matches: (name) => /^[0-9a-z]{8}\.json$/.test(name) },
  { what: 'the final name appears', most: 2, matches: (name) => name.endsWith('.bin') },
];

export function drawEventMoment(random: () => number): KillMoment {
  const { what, most, matches } = EVENTS[Math.floor(random() * EVENTS.length)] ?? EVENTS[0] ?? fail();
  return { kind: 'event', what, matches, count: 1 + Math.floor(random() * most) };
}

function fail(): never {
  throw new Error('there are no events');
}
