import type { SourceKind, TaskSnapshot } from '../contract/task.ts';
import type { TaskChange, TaskMirror } from './taskMirror.ts';

/** Finds the download of a file on hubs, or at seeds, by its address; the latest one. */
export function latestDownloads(mirror: TaskMirror, wanted: SourceKind): (address: string) => TaskSnapshot | null {
  const latest = new Map<string, TaskSnapshot>();
  for (const task of mirror.tasks) {
    for (const { kind, address } of task.sources) {
      if (kind !== wanted) continue;
      const known = latest.get(address);
      if (known === undefined || known.createdAt <= task.createdAt) latest.set(address, task);
    }
  }
  return (address) => latest.get(address) ?? null;
}

/** Whether a change is about a download that has such a source. */
export function comesFrom({ before, after }: TaskChange, wanted: SourceKind): boolean {
  return (after ?? before)?.sources.some(({ kind }) => kind === wanted) === true;
}
