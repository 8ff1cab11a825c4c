import { setTimeout as delay } from 'node:timers/promises';

/**
 * Resolves with the first value of `check` that is neither undefined nor false; rejects with what was waited for when the
 * deadline is over, so that a hanging test names its reason.
 * @param deadlineMs @default 15 000
 */
export async function waitFor<T>(
  what: string,
  check: () => T | undefined | false | Promise<T | undefined | false>,
  deadlineMs = 15_000,
): Promise<T> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const value = await check();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`waited ${deadlineMs} ms in vain for: ${what}`);
    await delay(10);
  }
}
