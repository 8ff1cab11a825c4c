/** Open files of a task of many small steps: quick enough, and a process often may have no more than 256 open. */
export const FILES_AT_ONCE = 16;

/**
 * Does the work for each item, for so many of them at a time.
 * @returns the results in the order of the items; rejects with the first failure
 */
export async function someAtOnce<T, R>(
  items: Iterable<T>,
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const left = [...items].entries();
  const goOn = async (): Promise<void> => {
    for (const [index, item] of left) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, goOn));
  return results;
}
