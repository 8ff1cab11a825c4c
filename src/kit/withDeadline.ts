import { ChildAbort } from './abort.ts';

/**
 * Work that is stopped when it takes too long. Resolves or rejects only when the work has.
 * @param deadline.error the reason of its signal then
 */
export async function withDeadline<T>(
  deadline: { readonly ms: number; readonly error: Error },
  options: { signal: AbortSignal },
  work: (options: { signal: AbortSignal }) => Promise<T>,
): Promise<T> {
  const stop = new ChildAbort(options.signal);
  const timer = setTimeout(() => stop.abort(deadline.error), deadline.ms);
  try {
    return await work({ signal: stop.signal });
  } finally {
    clearTimeout(timer);
    stop.dispose();
  }
}
