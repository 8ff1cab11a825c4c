import type { TaskId } from '../../contract/task.ts';
import { PART_SUFFIX, RECORD_SUFFIX } from '../../kit/partNames.ts';

const SUFFIXES = ['', PART_SUFFIX, RECORD_SUFFIX];

/** Which unfinished task writes, or will write, which files: no two may meet. One claim per task. */
export class PathClaims {
  readonly #owners = new Map<string, TaskId>();
  readonly #claims = new Map<TaskId, string>();

  /**
   * A new claim takes the place of the task's last one.
   * @param path of the finished file; its part file and record are claimed, too
   * @returns false: it collides with another task's files
   */
  claim(id: TaskId, path: string): boolean {
    if (SUFFIXES.some((suffix) => (this.#owners.get(path + suffix) ?? id) !== id)) return false;
    this.release(id);
    this.#claims.set(id, path);
    for (const suffix of SUFFIXES) this.#owners.set(path + suffix, id);
    return true;
  }

  release(id: TaskId): void {
    const path = this.#claims.get(id);
    if (path === undefined) return;
    this.#claims.delete(id);
    for (const suffix of SUFFIXES) this.#owners.delete(path + suffix);
  }
}
