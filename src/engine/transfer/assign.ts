/** Pure decisions about who fetches what: functions of values, without clock or socket. */

/** A request of fewer bytes costs more in round trips than it saves. */
export const MIN_RUN_BYTES = 1024 * 1024;
/** While nobody knows how fast a lane is, it gets no more than that, or it could hold most of the file for an hour. */
const FIRST_RUN_BYTES = 8 * 1024 * 1024;
/** When the bytes are hashed in order beside the transfer, runs are shorter, so that the hash has something to do... */
const ORDERLY_RUN_BYTES = 16 * 1024 * 1024;
/** ...but not so short that requests are what lanes spend their time with. */
const ORDERLY_RUN_LATENCIES = 20;

/** How much work a lane takes on at a time, at its own speed... */
const RUN_SECONDS = 3;
/** ...and at least: so many times what a request takes to its first byte, or a far server would mostly be waited for. */
const RUN_LATENCIES = 4;

/** A tail this short, as a share of the shortest run, is not worth dividing: it is raced for instead. */
const MIN_STEAL_SHARE = 0.25;
/** What ends so soon needs no help. */
const MIN_HELP_SECONDS = 0.3;
/** Help must be that much faster than waiting: two lanes take part in it, and one connection is lost. */
const HELP_FACTOR = 1.5;
/** How many times faster an idle lane has to be to race for a rest: the same bytes come twice. */
const RACE_FACTOR = 2;
/** A run that young has had no time to show its speed. */
const YOUNG_SECONDS = 0.3;

/** A server that has sent nothing for so long may have forgotten the request. */
const SILENT_SECONDS = 3;

/** A lane is replaced when it is this many times slower than lanes have shown they can be... */
const CRAWL_FACTOR = 5;
/** ...for so long at first, and twice as long each time after that... */
const CRAWL_SECONDS = 0.5;
/** ...and beyond what a request usually takes to its first byte, by this factor. */
const LATENCY_FACTOR = 4;
/** The third attempt may take as long as it wants: a server that is slow for all must still come to an end. */
const MAX_REPLACEMENTS = 3;

/** What is known of a run that is under way. */
export interface RunProgress {
  /** Offset of the next byte. */
  readonly position: number;
  readonly end: number;
  /** Lately; 0 when nothing has come yet. */
  readonly bytesPerSecond: number;
  readonly ageSeconds: number;
  /** Two lanes fetch its rest already; speed and age are those of the faster and of the younger one. */
  readonly raced: boolean;
  /** What its lane was expected to bring when it began. */
  readonly promise: LanePromise;
}

/** What a lane that asks for work can be expected to do. */
export interface LanePromise {
  /** A shorter range costs more than it brings. @default 1 MiB */
  readonly leastRunBytes?: number;
  /** 0 when unknown. */
  readonly bytesPerSecond: number;
  /** From a request to its first byte. */
  readonly firstByteSeconds: number;
  /** The same when nothing of ours is in its way: where the machine is the bottleneck, requests wait for our own bytes. @default `firstByteSeconds` */
  readonly shortestFirstByteSeconds?: number;
}

/**
 * Length of the next run of a lane: about three seconds of its own speed, and never more than half of its share of what
 * nobody has taken yet (guided self-scheduling: runs get shorter towards the end, so all lanes end together); but not so
 * short that the request takes longer than the bytes.
 * @param input.share of all the work, how much this lane can be expected to do: between 0 and 1
 * @param input.orderly somebody waits for the bytes in their order. @default false
 */
export function runLength(input: { unassignedBytes: number; share: number; orderly?: boolean } & LanePromise): number {
  const { unassignedBytes, share, orderly = false, bytesPerSecond, firstByteSeconds } = input;
  const { leastRunBytes = MIN_RUN_BYTES, shortestFirstByteSeconds = firstByteSeconds } = input;
  const work = bytesPerSecond === 0 ? FIRST_RUN_BYTES : bytesPerSecond * RUN_SECONDS;
  const bound = Math.max(ORDERLY_RUN_BYTES, bytesPerSecond * shortestFirstByteSeconds * ORDERLY_RUN_LATENCIES);
  // What a lane brings that is the only one comes in its order anyway.
  const most = orderly && share < 1 ? Math.min(work, bound) : work;
  const latency = orderly ? shortestFirstByteSeconds : firstByteSeconds;
  const least = Math.max(leastRunBytes, bytesPerSecond * latency * RUN_LATENCIES);
  const fair = Math.ceil((unassignedBytes * share) / 2);
  return Math.min(unassignedBytes, Math.floor(Math.max(least, Math.min(fair, most))));
}

/** What an idle lane does when everything is assigned. */
export type TailMove =
  /** Take `[at, end)` of that run. */
  | { readonly kind: 'steal'; readonly victim: number; readonly at: number }
  /** Fetch the rest of that run, too: whoever has it first wins. Where two do so already, the one that is behind gives way. */
  | { readonly kind: 'race'; readonly victim: number };

/**
 * Which run an idle lane should help: a share of the one that would take longest, by what each can do, or all of it when
 * it is too short to be divided and the idle lane is much faster. Null when waiting is best.
 */
export function chooseTailMove(runs: readonly RunProgress[], idle: LanePromise): TailMove | null {
  let victim = -1;
  let longest = MIN_HELP_SECONDS;
  for (const [index, run] of runs.entries()) {
    // Two that bring nothing, of one source perhaps, would keep all others off for as long as they are put up with.
    const left = run.raced && run.ageSeconds <= SILENT_SECONDS ? 0 : secondsLeft(run);
    if (left > longest) {
      longest = left;
      victim = index;
    }
  }
  const run = runs[victim];
  if (run === undefined) return null;
  const left = run.end - run.position;
  const leastSteal = (idle.leastRunBytes ?? MIN_RUN_BYTES) * MIN_STEAL_SHARE;
  const divides = !run.raced && left >= 2 * leastSteal;
  const runSpeed = speedOf(run);
  // Nothing has come, and nobody knows how fast it could: after a while a second request finds out.
  if (runSpeed < 1 && idle.bytesPerSecond === 0)
    return run.ageSeconds > SILENT_SECONDS && !run.raced ? { kind: 'race', victim } : null;
  const idleSpeed = idle.bytesPerSecond || runSpeed;
  const helpedSpeed = divides ? idleSpeed + runSpeed : Math.max(idleSpeed, runSpeed);
  if (longest < HELP_FACTOR * (idle.firstByteSeconds + left / helpedSpeed)) return null;
  if (divides) {
    // Each gets so much that both end together: a lane of another source may be many times faster, or slower.
    const kept = Math.floor((left * runSpeed) / (idleSpeed + runSpeed));
    const at = Math.max(leastSteal, Math.min(kept, left - leastSteal));
    return { kind: 'steal', victim, at: run.position + at };
  }
  return idle.bytesPerSecond > RACE_FACTOR * runSpeed ? { kind: 'race', victim } : null;
}

/**
 * Whether a lane is so slow that a new connection is worth a try.
 * @param usual what lanes of this transfer have shown: speed, and time from a request to its first byte
 * @param replacements how often this lane was replaced since it last did well
 */
export function isCrawling(
  run: Pick<RunProgress, 'bytesPerSecond' | 'ageSeconds'>,
  usual: LanePromise,
  replacements: number,
): boolean {
  if (replacements >= MAX_REPLACEMENTS) return false;
  const patience = CRAWL_SECONDS * 2 ** replacements + LATENCY_FACTOR * usual.firstByteSeconds;
  return run.ageSeconds > patience && run.bytesPerSecond * CRAWL_FACTOR < usual.bytesPerSecond;
}

/** A young run is expected to be as fast as others of its source; an old one that has shown nothing counts as very slow. */
function speedOf({ ageSeconds, bytesPerSecond, promise }: RunProgress): number {
  const isYoung = ageSeconds < YOUNG_SECONDS + promise.firstByteSeconds;
  return Math.max(bytesPerSecond, isYoung ? promise.bytesPerSecond : 0);
}

function secondsLeft(run: RunProgress): number {
  return (run.end - run.position) / Math.max(speedOf(run), 1);
}
