import { toTributaryError } from '../contract/errors.ts';
import { settledWithin } from '../kit/settledWithin.ts';
import { errorLine } from './errorLine.ts';

/** From a signal to the end of a server there is less than a second. */
const CLOSE_LIMIT_MS = 800;

/**
 * Lets a server write everything down and close, but no longer than that; a failure is told, not thrown.
 * @param limitMs @default what a signal allows
 */
export async function closeServer(closing: Promise<unknown>, limitMs = CLOSE_LIMIT_MS): Promise<void> {
  const told = closing.catch((error: unknown) => {
    process.stderr.write(`${errorLine(toTributaryError(error))}\n`);
  });
  await settledWithin(limitMs, told);
}
