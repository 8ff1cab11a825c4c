import type { TaskSnapshot } from '../contract/task.ts';
import type { LinkRequest } from './linkInput.ts';

/**
 * The same file once more: with its name, its digest and the other seeds that had it.
 * @param address of the task, which holds what its snapshot does not tell
 * @param tasks all that are on the list
 * @returns null when it is one file of several that a Metalink names: the link would bring the first of them, and the others
 */
export function downloadAgain(task: TaskSnapshot, address: string, tasks: readonly TaskSnapshot[]): LinkRequest | null {
  const isOneOfSeveral = task.addedBy !== null || tasks.some(({ addedBy }) => addedBy === task.id);
  // A file of an IPFS folder has an address of its own.
  if (isOneOfSeveral && !/^ipfs:/i.test(address)) return null;
  const { name, checksum, sources } = task;
  // The addresses of other kinds of sources are shortened.
  const mirrors = sources.slice(1).flatMap((source) => (source.kind === 'seed' ? [source.address] : []));
  return { address, checksum, fileName: name, mirrors };
}
