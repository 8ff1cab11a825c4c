/** What an origin may do wrong with one request. */
export type FaultKind = keyof typeof WEIGHTS;

export interface Fault {
  readonly kind: FaultKind;
  /** Two numbers in [0, 1) for what the kind leaves open: where it breaks, how much it lies. */
  readonly first: number;
  readonly second: number;
}

/**
 * How often each kind is drawn. What ends a task for good (another version, a web page) or costs seconds (a stall) is rare,
 * so that most transfers come to their end and ten thousand of them take a minute.
 */
const WEIGHTS = {
  'reset before the head': 6,
  'reset midway': 10,
  'short body': 10,
  'closed without a word': 8,
  '429': 3,
  '500': 4,
  '503': 4,
  'other offset': 6,
  'less than asked': 14,
  'wrong total': 1.5,
  'whole file': 6,
  'without length': 6,
  encoded: 2,
  'longer than said': 5,
  'wrong length': 3,
  delay: 10,
  'split writes': 12,
  'interim answers': 4,
  'new version': 4,
  'garbage head': 4,
  'two lengths': 2,
  'web page': 1.5,
  'not found': 1.5,
  redirect: 10,
  'not satisfiable': 1,
  stall: 0.7,
} as const;

export const FAULT_KINDS = Object.keys(WEIGHTS) as readonly FaultKind[];

const TOTAL_WEIGHT = Object.values(WEIGHTS).reduce((sum, weight) => sum + weight, 0);

/** What has the most to do with other bytes than those of the file; from a harsh origin there is little else. */
const HARSH: readonly FaultKind[] = [
  'reset before the head',
  'reset midway',
  'short body',
  'other offset',
  'less than asked',
  'whole file',
  'without length',
  'wrong length',
  'encoded',
  'web page',
  'new version',
  'not satisfiable',
  'redirect',
];

/** Probability that the first request of a transfer meets a fault, and that a later one does. */
const SPOILED = { usual: { first: 0.45, later: 0.18 }, harsh: { first: 0.7, later: 0.5 } } as const;

/** From this request on an origin is honest: a transfer that meets a fault at every request proves nothing but patience. */
const HONEST_FROM = 12;

export type Temper = keyof typeof SPOILED;

/** @param number of the request within its transfer, from 1 */
export function drawFault(number: number, temper: Temper, random: () => number): Fault | null {
  const { first, later } = SPOILED[temper];
  if (number >= HONEST_FROM || random() >= (number === 1 ? first : later)) return null;
  const kind = temper === 'harsh' ? HARSH[Math.floor(random() * HARSH.length)] : drawKind(random);
  return kind === undefined ? null : { kind, first: random(), second: random() };
}

function drawKind(random: () => number): FaultKind | undefined {
  let left = random() * TOTAL_WEIGHT;
  return FAULT_KINDS.find((candidate) => {
    left -= WEIGHTS[candidate];
    return left < 0;
  });
}
