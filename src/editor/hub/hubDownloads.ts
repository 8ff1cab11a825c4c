import type { TaskSnapshot } from '../../contract/task.ts';
import type { TaskMirror } from '../taskMirror.ts';

/** Finds the download of a file on a hub by its address; the latest one. */
export function hubDownloads(mirror: TaskMirror): (address: string) => TaskSnapshot | null {
  const latest = new Map<string, TaskSnapshot>();
  for (const task of mirror.tasks) {
    for (const { kind, address } of task.sources) {
      if (kind !== 'hub') continue;
      const known = latest.get(address);
      if (known === undefined || known.createdAt <= task.createdAt) latest.set(address, task);
    }
  }
  return (address) => latest.get(address) ?? null;
}
