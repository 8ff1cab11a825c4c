import type { TributaryError } from '../../contract/errors.ts';
import type { Source } from '../sources/source.ts';
import { IntervalSet } from './intervalSet.ts';
import { LanePace } from './lanePace.ts';

/** A source that takes part in a transfer: what its lanes are like, and what became of it. */
export class ActiveSource {
  readonly source: Source;
  readonly pace: LanePace;
  /** What it is not asked for again, because what it gave there was wrong. */
  readonly banned = new IntervalSet();
  /** Open now. */
  lanes = 0;
  /** Of these, how many fetch something now. */
  runs = 0;
  /** What one of its lanes brings, measured in runs under way; 0 when unknown. */
  seenBytesPerSecond = 0;
  /** How many of its lanes should end with their run, because another source makes more of a lane. */
  surplus = 0;
  /** Failures in a row, without a byte in between, of lanes that have ended since. */
  failures = 0;
  /** It gets no new lane before that, while others can do its work. */
  restsUntilMs = Number.NEGATIVE_INFINITY;
  /** Why it is not asked any more; null while it takes part. */
  failure: TributaryError | null = null;

  constructor(source: Source, init: { maxLanes: number; nowMs: number; orderly: boolean }) {
    const { terms = null } = source;
    this.source = source;
    this.pace = new LanePace(
      terms === null ? init : { ...init, ...terms, maxLanes: Math.min(init.maxLanes, terms.mostLanes) },
    );
  }

  get peer(): string {
    return this.source.peer;
  }

  /** What one of its lanes brings, when so many share its way; 0 when unknown. */
  get laneBytesPerSecond(): number {
    return this.pace.norm(this.lanes).bytesPerSecond || this.seenBytesPerSecond;
  }

  get isLive(): boolean {
    return this.failure === null;
  }
}
