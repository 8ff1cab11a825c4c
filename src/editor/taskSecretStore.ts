import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import { TaskSecrets } from '../contract/engineApi.ts';
import type { TaskId } from '../contract/task.ts';
import { Turns } from '../kit/turns.ts';

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
  /** The last change; the next one waits for it, or of two that read the same value one would be lost. */
  readonly #turns = new Turns();

  /**
   * @param place see `secretPlace`
   */
  constructor(storage: SecretStorage, place: string) {
    this.#storage = storage;
    this.#prefix = `task/${place}/`;
  }

  async keep(id: TaskId, secrets: TaskSecrets): Promise<void> {
    if (isDeepStrictEqual(secrets, {})) return;
    await this.#turns.take(() => this.#write(id, secrets));
  }

  /** Adds to what is kept, or takes away from it; `change` gets `{}` when there is nothing yet. */
  async update(id: TaskId, change: (kept: TaskSecrets) => TaskSecrets): Promise<void> {
    await this.#turns.take(async () => this.#write(id, change((await this.get(id)) ?? {})));
  }

  /**
   * Tasks that came out of another one's Metalink need the same link and headers; their mirrors are their own. There may be
   * thousands, and each use of the storage is a question to another process: whose secrets are kept is asked once.
   */
  async inherit(heirs: readonly { readonly id: TaskId; readonly from: TaskId }[]): Promise<void> {
    if (heirs.length === 0) return;
    await this.#turns.take(async () => {
      const kept = new Set(await this.ids());
      for (const { id, from } of heirs) {
        if (kept.has(id) || !kept.has(from)) continue;
        const { mirrors: _, ...secrets } = (await this.get(from)) ?? {};
        await this.#write(id, secrets);
        kept.add(id);
      }
    });
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

  async forget(ids: readonly TaskId[]): Promise<void> {
    if (ids.length === 0) return;
    await this.#turns.take(async () => {
      const kept = new Set(await this.ids());
      for (const id of ids) if (kept.has(id)) await this.#storage.delete(this.#prefix + id);
    });
  }

  async ids(): Promise<TaskId[]> {
    const keys = await this.#storage.keys();
    return keys.filter((key) => key.startsWith(this.#prefix)).map((key) => key.slice(this.#prefix.length));
  }

  async #write(id: TaskId, secrets: TaskSecrets): Promise<void> {
    const key = this.#prefix + id;
    if (isDeepStrictEqual(secrets, {})) await this.#storage.delete(key);
    else await this.#storage.store(key, JSON.stringify(secrets));
  }
}
