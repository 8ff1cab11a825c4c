import { ERRORS, type ErrorCategory, type ErrorCode } from '../contract/errors.ts';

/** Exit statuses of PROTOCOLS §4. */
const OF_CATEGORY: Readonly<Record<ErrorCategory, number>> = {
  internal: 1,
  usage: 2,
  network: 3,
  checksum: 4,
  disk: 5,
  safety: 6,
};

/** Every file is complete. */
export const EXIT_COMPLETE = 0;
/** 128 + SIGINT, as shells report it; also for SIGTERM, so that scripts have one number for "stopped, can go on". */
export const EXIT_INTERRUPTED = 130;

/** The exit status of a failure, by the category of its code. */
export function exitCodeOf(code: ErrorCode): number {
  return OF_CATEGORY[ERRORS[code].category];
}
