import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FILES_AT_ONCE, someAtOnce } from '../../kit/someAtOnce.ts';
import { makePrivateFolder } from './folder.ts';
import { readJson, removeFile, writeJson } from './jsonFile.ts';

/**
 * One small file per task in `<state>/tasks`: what a change costs does not depend on how many tasks there are. Writes to
 * one task follow each other in order; a newer one takes the place of one that has not begun.
 */
export class TaskStore {
  readonly #folder: string;
  readonly #queued = new Map<string, unknown>();
  readonly #writing = new Map<string, Promise<void>>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** @throws TributaryError of the disk */
  static async open(stateFolder: string): Promise<TaskStore> {
    const folder = join(stateFolder, 'tasks');
    await makePrivateFolder(folder);
    return new TaskStore(folder);
  }

  /** What every file holds, parsed but not checked; a torn one is `undefined`. */
  async loadAll(): Promise<unknown[]> {
    const names = (await readdir(this.#folder)).filter((name) => /^[0-9a-z]+\.json$/.test(name));
    return someAtOnce(names, FILES_AT_ONCE, (name) => readJson(join(this.#folder, name)));
  }

  /** @param record null: the task is gone */
  save(id: string, record: unknown): Promise<void> {
    this.#queued.set(id, record);
    const running = this.#writing.get(id);
    if (running !== undefined) return running;
    const writing = this.#drain(id);
    this.#writing.set(id, writing);
    return writing;
  }

  /** Resolves when everything is written. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#writing.values());
  }

  async #drain(id: string): Promise<void> {
    const path = join(this.#folder, `${id}.json`);
    let failure: unknown = null;
    while (this.#queued.has(id)) {
      const record = this.#queued.get(id);
      this.#queued.delete(id);
      try {
        // Not flushed: a power cut costs at most the latest change of the list, never bytes of a file.
        if (record === null) await removeFile(path);
        else await writeJson(path, record, { durable: false });
        failure = null;
      } catch (error) {
        // What was asked for meanwhile is still to be tried; it is the newer truth.
        failure = error;
      }
    }
    // At once: what is saved from now on is a write of its own.
    this.#writing.delete(id);
    if (failure !== null) throw failure;
  }
}
