import { MIN_RUN_BYTES } from './assign.ts';

/** Few enough to be polite to a small server, enough to fill most links. */
const FIRST_LANES = 4;
/** Below so many of its shortest runs a lane has too little to do to be worth its handshakes. */
const RUNS_PER_LANE = 2;
/** Growth of the total speed that makes further lanes worth trying. */
const GROWTH = 1.1;

/** Most lanes that make sense for what is left. @param leastRunBytes @default 1 MiB */
export function usefulLanes(missingBytes: number, maxLanes: number, leastRunBytes = MIN_RUN_BYTES): number {
  return Math.max(1, Math.min(maxLanes, Math.ceil(missingBytes / (RUNS_PER_LANE * leastRunBytes))));
}

/**
 * How many lanes to have next: a few at first, then twice as many while the total speed grows, and no more once it does
 * not (RFC 9110 leaves the number open; a server's own limit shows as 429 or 503, which halves it elsewhere).
 */
export function nextLaneTarget(input: {
  lanes: number;
  useful: number;
  /** Total now and before the lanes were last raised; null before the first raise. */
  bytesPerSecond: number;
  previousBytesPerSecond: number | null;
}): number {
  const { lanes, useful, bytesPerSecond, previousBytesPerSecond } = input;
  // Never fewer than there are: towards the end an idle lane is what helps a slow one out.
  if (previousBytesPerSecond === null) return Math.max(lanes, Math.min(useful, FIRST_LANES));
  return bytesPerSecond > GROWTH * previousBytesPerSecond ? Math.max(lanes, Math.min(useful, lanes * 2)) : lanes;
}
