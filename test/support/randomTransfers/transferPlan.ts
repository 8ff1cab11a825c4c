import { seededRandom } from '../../bench/seededRandom.ts';
import { Content } from '../content.ts';
import { drawFault, type Fault } from './faults.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** What the user does to a transfer while it runs. `restart`: the engine is closed and started again. */
export type UserAction = 'none' | 'pause' | 'cancel' | 'restart';

export type Validator = 'strong' | 'weak' | 'date' | 'none';

/** Most lanes of a transfer: whether they get in each other's way depends on how many there are. */
export const LANE_COUNTS = [1, 2, 4, 16] as const;

/** One transfer, all of it drawn from its seed: the same seed is the same file, the same faults and the same user. */
export interface TransferPlan {
  readonly seed: number;
  /** What the origin has at first, and what it has after a `new version`. */
  readonly versions: readonly [Content, Content];
  readonly validator: Validator;
  readonly ranges: boolean;
  readonly framing: 'length' | 'chunked' | 'close';
  /** The user gave the digest of the first version. */
  readonly checksum: boolean;
  readonly lanes: number;
  readonly user: {
    readonly action: UserAction;
    /** It happens while this request is answered, after that share of its body. */
    readonly atRequest: number;
    readonly afterShare: number;
    /** The file on the server is another one when the user goes on. */
    readonly changes: boolean;
  };
  faultOf(requestNumber: number): Fault | null;
}

export function planTransfer(seed: number): TransferPlan {
  const random = seededRandom(seed);
  const sizeBytes = drawSize(random);
  const sameSize = random() < 0.7;
  const versions = [
    new Content(sizeBytes, 2 * seed + 1),
    // Never empty: two empty files are no two versions.
    new Content(sameSize ? Math.max(1, sizeBytes) : sizeBytes + 1 + Math.floor(random() * 5000), 2 * seed + 2),
  ] as const;
  const framing = random();
  const action = random();
  const temper = random() < 0.3 ? 'harsh' : 'usual';
  return {
    seed,
    versions,
    validator: pick(random, ['strong', 'strong', 'strong', 'weak', 'date', 'none']),
    ranges: random() < 0.88,
    framing: framing < 0.9 ? 'length' : framing < 0.97 ? 'chunked' : 'close',
    checksum: random() < 0.01,
    lanes: pick(random, LANE_COUNTS),
    user: {
      action: action < 0.82 ? 'none' : action < 0.92 ? 'pause' : action < 0.96 ? 'cancel' : 'restart',
      atRequest: pick(random, [1, 1, 2, 3]),
      afterShare: random(),
      changes: random() < 0.1,
    },
    // Drawn by the number, not in turn: lanes may ask in another order the next time.
    faultOf: (number) => drawFault(number, temper, seededRandom(seed * 1009 + number)),
  };
}

/** Mostly small, and often just beside a boundary: of pages, of buffers, of chunks, of the shortest run. */
function drawSize(random: () => number): number {
  const kind = random();
  const beside = Math.floor(random() * 3) - 1;
  if (kind < 0.03) return 0;
  if (kind < 0.1) return 1 + Math.floor(random() * 64);
  if (kind < 0.8) return 1 + Math.floor(random() * 64 * KIB);
  if (kind < 0.88) return pick(random, [64 * KIB, 256 * KIB, 512 * KIB, 768 * KIB]) + beside;
  if (kind < 0.93) return pick(random, [MIB, 2 * MIB]) + beside;
  if (kind < 0.97) return Math.floor(random() * MIB);
  return Math.floor(random() * 6 * MIB);
}

function pick<T>(random: () => number, choices: readonly [T, ...T[]]): T {
  return choices[Math.floor(random() * choices.length)] ?? choices[0];
}
