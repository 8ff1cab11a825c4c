import { MIN_RUN_BYTES } from './assign.ts';

/**
 * A source is looked at for so long with one lane. While that brings so much it needs no other: what limits it is this
 * machine, where lanes that take turns cost more than they bring (2 GiB on loopback: 1.39 s by one lane, 1.49 s by sixteen).
 */
export const LOOK_MS = 30;
const FAST_BYTES_PER_SECOND = 200e6;
/** A lane that brings so much is as fast as most can hash; a second one would only bring the bytes out of their order. */
const HASHED_BYTES_PER_SECOND = 500e6;
/** Lanes that bring so much each are given up again when they have not made the whole faster. */
const AMPLE_BYTES_PER_SECOND = 50e6;
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

/** How many lanes one source is worth, as far as that is known. */
export interface Ramp {
  readonly lanes: number;
  /** What there was when they were last raised. */
  readonly before: { readonly lanes: number; readonly bytesPerSecond: number };
  /** More have been tried and were not worth it. */
  readonly settled: boolean;
}

/** After a look at a source with one lane. */
export function firstRamp(useful: number, bytesPerSecond: number): Ramp {
  const lanes = bytesPerSecond >= FAST_BYTES_PER_SECOND ? 1 : Math.min(useful, FIRST_LANES);
  return { lanes, before: { lanes, bytesPerSecond: 0 }, settled: false };
}

/**
 * A few lanes at first, then twice as many while the total speed grows, and no more once it does not (RFC 9110 leaves the
 * number open; a server's own limit shows as 429 or 503, which halves it elsewhere).
 * @param seen.useful what makes sense for what is left
 * @param seen.orderly somebody hashes the bytes in their order. @default false
 */
export function nextRamp(
  ramp: Ramp,
  seen: { readonly useful: number; readonly bytesPerSecond: number; readonly orderly?: boolean },
): Ramp {
  const { lanes, before, settled } = ramp;
  const { useful, bytesPerSecond, orderly = false } = seen;
  if (orderly && bytesPerSecond >= lanes * HASHED_BYTES_PER_SECOND)
    return { lanes, before: { lanes, bytesPerSecond }, settled: true };
  if (settled && bytesPerSecond >= before.bytesPerSecond / 2) return ramp;
  if (settled) return { lanes, before: { lanes, bytesPerSecond }, settled: false };
  if (bytesPerSecond > GROWTH * before.bytesPerSecond) {
    // Never fewer than there are: towards the end an idle lane is what helps a slow one out.
    const more = Math.max(lanes, Math.min(useful, lanes * 2));
    return more === lanes ? ramp : { lanes: more, before: { lanes, bytesPerSecond }, settled };
  }
  if (lanes > before.lanes && bytesPerSecond / lanes >= AMPLE_BYTES_PER_SECOND)
    return { lanes: before.lanes, before, settled: true };
  return ramp;
}
