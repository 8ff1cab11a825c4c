/** Pure decisions about who fetches what: functions of values, without clock or socket. */

/** A request of fewer bytes costs more in round trips than it saves. */
const MIN_RUN_BYTES = 1024 * 1024;
/** A tail this short is not worth dividing... */
const MIN_STEAL_BYTES = 256 * 1024;
/** ...and neither is one that ends before another request would have its first byte. */
const MIN_STEAL_SECONDS = 0.3;
/** A run that young has had no time to show its speed. */
const YOUNG_SECONDS = 1;
/** How much work a lane takes on at a time, at its own speed. */
const RUN_SECONDS = 3;
/** An idle lane takes a whole run over from one that is this many times slower than its siblings... */
const CRAWL_FACTOR = 4;
/** ...when that one would go on for longer than this. */
const CRAWL_SECONDS = 2;

/** What is known of a run that is under way. */
export interface RunProgress {
  /** Offset of the next byte. */
  readonly position: number;
  readonly end: number;
  /** Since the run was assigned; 0 when nothing has come yet. */
  readonly bytesPerSecond: number;
  readonly ageSeconds: number;
}

/**
 * Length of the next run of a lane: about three seconds of its own speed, and never more than half of its fair share of
 * what nobody has taken yet (guided self-scheduling: runs get shorter towards the end, so all lanes end together).
 */
export function runLength(input: { unassignedBytes: number; lanes: number; bytesPerSecond: number }): number {
  const share = Math.ceil(input.unassignedBytes / (2 * Math.max(1, input.lanes)));
  const bySpeed = input.bytesPerSecond === 0 ? share : input.bytesPerSecond * RUN_SECONDS;
  return Math.min(input.unassignedBytes, Math.max(MIN_RUN_BYTES, Math.floor(Math.min(share, bySpeed))));
}

/** What an idle lane does when everything is assigned. */
export type TailMove =
  /** Take `[at, end)` of that run. */
  | { readonly kind: 'steal'; readonly victim: number; readonly at: number }
  /** Stop that run and take all that is left of it. */
  | { readonly kind: 'replace'; readonly victim: number };

/**
 * Which run an idle lane should help: half of the one that would take longest; all of one that crawls and is too short to
 * be divided. Null when waiting is best.
 * @param idleBytesPerSecond what the idle lane has shown it can do; 0 when unknown
 */
export function chooseTailMove(runs: readonly RunProgress[], idleBytesPerSecond: number): TailMove | null {
  let victim = -1;
  let longest = MIN_STEAL_SECONDS;
  for (const [index, run] of runs.entries()) {
    const left = secondsLeft(run, idleBytesPerSecond);
    if (left > longest) {
      longest = left;
      victim = index;
    }
  }
  const run = runs[victim];
  if (run === undefined) return null;
  const left = run.end - run.position;
  if (left >= 2 * MIN_STEAL_BYTES) return { kind: 'steal', victim, at: run.position + Math.floor(left / 2) };
  const crawls = run.ageSeconds > YOUNG_SECONDS && idleBytesPerSecond > CRAWL_FACTOR * run.bytesPerSecond;
  return crawls && longest > CRAWL_SECONDS ? { kind: 'replace', victim } : null;
}

/** A young run is expected to be as fast as the others; an old one that has shown nothing counts as very slow. */
function secondsLeft(run: RunProgress, idleBytesPerSecond: number): number {
  const young = run.ageSeconds < YOUNG_SECONDS ? idleBytesPerSecond : 0;
  return (run.end - run.position) / Math.max(run.bytesPerSecond, young, 1);
}
