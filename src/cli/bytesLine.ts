import { formatBytes, percentOf } from '../kit/format.ts';

const PROGRESS_MS = 250;
/** Back to the first column, and what stands there is gone. */
const CLEAR = '\r\u001b[K';

/** One line on stderr that tells how many bytes are done, and changes. */
export class BytesLine {
  readonly #shows: boolean;
  #shownMs = Number.NEGATIVE_INFINITY;
  #isThere = false;

  /** @param shows false: nobody sees it, and nothing is written */
  constructor(shows: boolean) {
    this.#shows = shows;
  }

  /** As often as is readable. @param extra what else there is to say */
  show(bytes: number, sizeBytes: number, extra = ''): void {
    const nowMs = performance.now();
    if (!this.#shows || nowMs - this.#shownMs < PROGRESS_MS) return;
    this.#shownMs = nowMs;
    this.#isThere = true;
    const percent = percentOf(bytes, sizeBytes);
    process.stderr.write(`${CLEAR}${percent} %  ${formatBytes(bytes)} of ${formatBytes(sizeBytes)}${extra}`);
  }

  /** Makes room for something else. */
  clear(): void {
    if (this.#isThere) process.stderr.write(CLEAR);
    this.#isThere = false;
  }
}
