/**
 * Resolves when the work has ended, somehow, or after that time without it. It goes on then, and why it failed is for
 * whoever waits for the promise itself.
 */
export async function settledWithin(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<void>((passed) => {
    timer = setTimeout(passed, ms);
  });
  await Promise.race([work.catch(() => {}), limit]);
  clearTimeout(timer);
}
