import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import { TaskSecrets } from '../contract/engineApi.ts';
import type { TaskId } from '../contract/task.ts';

/** The part of the editor's secret storage that is used. */
export interface SecretStorage {
  keys(): PromiseLike<string[]>;
  get(key: string): PromiseLike<string | undefined>;
  store(key: string, value: string): PromiseLike<void>;
  delete(key: string): PromiseLike<void>;
}

/**
 * Names an engine's state folder among all hosts. The editor's secret storage is one for every host that a person works on,
 * and a task of another host must not be taken for one that is gone.
 */
export function secretPlace(hostName: string, stateFolder: string): string {
  return createHash('sha256').update(`${hostName}\n${stateFolder}`).digest('hex').slice(0, 16);
}

/**
 * Keeps what a download needs and nobody may read (its full link, its headers) for as long as it is on the list. The engine
 * has it in memory only, and is given it again after each start.
 */
export class TaskSecretStore {
  readonly #storage: SecretStorage;
  readonly #prefix: string;

  /**
   * @param place see `secretPlace`
   */
  constructor(storage: SecretStorage, place: string) {
    this.#storage = storage;
    this.#prefix = `task/${place}/`;
  }

  async keep(id: TaskId, secrets: TaskSecrets): Promise<void> {
    if (isDeepStrictEqual(secrets, {})) return;
    await this.#storage.store(this.#prefix + id, JSON.stringify(secrets));
  }

  async get(id: TaskId): Promise<TaskSecrets | null> {
    const text = await this.#storage.get(this.#prefix + id);
    if (text === undefined) return null;
    try {
      return v.parse(TaskSecrets, JSON.parse(text));
    } catch {
      // Of another version, or damaged: the engine will ask for the credentials by failing with its own code.
      return null;
    }
  }

  async forget(id: TaskId): Promise<void> {
    await this.#storage.delete(this.#prefix + id);
  }

  async ids(): Promise<TaskId[]> {
    const keys = await this.#storage.keys();
    return keys.filter((key) => key.startsWith(this.#prefix)).map((key) => key.slice(this.#prefix.length));
  }
}
