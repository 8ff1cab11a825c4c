/** Deadlines of a request, in milliseconds; the same on every way it can take. */
export interface HttpTimeouts {
  /** Until the connection stands, TLS included. @default 15000 */
  readonly connectMs: number;
  /** From the request to the head of the answer; stores that thaw a file first take their time. @default 60000 */
  readonly firstByteMs: number;
  /** Without a single byte. @default 30000 */
  readonly idleMs: number;
}

export const DEFAULT_TIMEOUTS: HttpTimeouts = { connectMs: 15_000, firstByteMs: 60_000, idleMs: 30_000 };

/** How long an unused connection is kept for the next request; servers keep theirs for 5 s or more. */
export const KEEP_MS = 4000;
