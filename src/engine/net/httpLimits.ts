/** Deadlines and bounds of a request, the same on every way it can take. */

export const CONNECT_TIMEOUT_MS = 15_000;
/** From the request to the head of the response; stores that thaw a file first take their time. */
export const FIRST_BYTE_TIMEOUT_MS = 60_000;
/** Without a single byte. */
export const IDLE_TIMEOUT_MS = 30_000;
/** HTTP.md: a larger head is an error, not a guess. */
export const MAX_HEAD_BYTES = 64 * 1024;
