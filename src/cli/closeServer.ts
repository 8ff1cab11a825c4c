import { toTributaryError } from '../contract/errors.ts';
import { errorLine } from './errorLine.ts';

/** From a signal to the end of a server there is less than a second. */
const CLOSE_LIMIT_MS = 800;

/** Lets a server write everything down and close, but no longer than a signal allows; a failure is told, not thrown. */
export async function closeServer(closing: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((passed) => {
    timer = setTimeout(passed, CLOSE_LIMIT_MS);
  });
  await Promise.race([closing, limit]).catch((error: unknown) => {
    process.stderr.write(`${errorLine(toTributaryError(error))}\n`);
  });
  clearTimeout(timer);
}
