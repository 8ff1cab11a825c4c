/** How much faster another source's lanes must be before a lane changes over to it: a connection is lost by that. */
const CEDE_FACTOR = 2;

/** What is known of a source when lanes are shared out. */
export interface LaneClaim {
  readonly lanes: number;
  /** It could use one more. */
  readonly wantsMore: boolean;
  /** What one of its lanes brings; 0 when unknown. */
  readonly bytesPerSecond: number;
}

/** Who gets the next lane, and who has to give one up for that. */
export interface LaneMove {
  readonly to: number;
  /** Null while there are lanes left. */
  readonly from: number | null;
}

/**
 * Shares a task's lanes out between its sources: a source nobody knows yet comes first, then the one that makes most of
 * a lane. When all lanes are taken, a source that is known to be much slower gives one up, but never its last: slow
 * bytes are bytes, too. Null: all is as it should be.
 */
export function nextLaneMove(claims: readonly LaneClaim[], maxLanes: number): LaneMove | null {
  let to = -1;
  for (const [index, claim] of claims.entries()) {
    if (claim.wantsMore && (to < 0 || comesBefore(claim, claims[to]))) to = index;
  }
  const wanting = claims[to];
  if (wanting === undefined) return null;
  if (claims.reduce((sum, { lanes }) => sum + lanes, 0) < maxLanes) return { to, from: null };
  let from = -1;
  for (const [index, claim] of claims.entries()) {
    if (index === to || claim.lanes < 2 || !givesWay(claim, wanting)) continue;
    const slowest = claims[from];
    if (slowest === undefined || claim.bytesPerSecond < slowest.bytesPerSecond) from = index;
  }
  return from < 0 ? null : { to, from };
}

/** First who has none; then by what a lane brings; those of whom nobody knows that yet take turns. */
function comesBefore(a: LaneClaim, b: LaneClaim | undefined): boolean {
  if (b === undefined) return true;
  if (a.lanes === 0 || b.lanes === 0) return a.lanes < b.lanes;
  if (a.bytesPerSecond !== b.bytesPerSecond) return a.bytesPerSecond > b.bytesPerSecond;
  return a.lanes < b.lanes;
}

function givesWay(claim: LaneClaim, wanting: LaneClaim): boolean {
  // Nobody has tried it yet: one lane is enough to find out.
  if (wanting.lanes === 0) return true;
  return claim.bytesPerSecond > 0 && wanting.bytesPerSecond > CEDE_FACTOR * claim.bytesPerSecond;
}
