import type { TaskSnapshot } from '../contract/task.ts';
import type { LinkRequest } from './linkInput.ts';

/**
 * The same file once more: with its name, its digest and the other seeds that had it.
 * @param address of the task, which holds what its snapshot does not tell
 */
export function downloadAgain({ name, checksum, sources }: TaskSnapshot, address: string): LinkRequest {
  // The addresses of other kinds of sources are shortened.
  const mirrors = sources.slice(1).flatMap((source) => (source.kind === 'seed' ? [source.address] : []));
  return { address, checksum, fileName: name, mirrors };
}
