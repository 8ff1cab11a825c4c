import * as v from 'valibot';
import type { HubAddressText } from '../../contract/hub.ts';
import type { SecretStorage } from '../taskSecretStore.ts';

/** With what the own hub is started again after a restart of the engine, which has its key in memory only. */
const OwnHubStart = v.object({
  host: v.string(),
  port: v.number(),
  folder: v.string(),
  key: v.string(),
});
export type OwnHubStart = v.InferOutput<typeof OwnHubStart>;

/** Keeps the keys of hubs in the editor's secret storage, as long as the hubs are on the list. */
export class HubKeyStore {
  readonly #storage: SecretStorage;
  readonly #prefix: string;
  readonly #ownKey: string;

  /** @param place see `secretPlace` */
  constructor(storage: SecretStorage, place: string) {
    this.#storage = storage;
    this.#prefix = `hub/${place}/`;
    this.#ownKey = `ownHub/${place}`;
  }

  async keyOf(hub: HubAddressText): Promise<string | null> {
    return (await this.#storage.get(this.#prefix + hub)) ?? null;
  }

  async keep(hub: HubAddressText, key: string): Promise<void> {
    await this.#storage.store(this.#prefix + hub, key);
  }

  async forget(hub: HubAddressText): Promise<void> {
    await this.#storage.delete(this.#prefix + hub);
  }

  /** Those whose key is kept. */
  async hubs(): Promise<HubAddressText[]> {
    const keys = await this.#storage.keys();
    return keys.filter((key) => key.startsWith(this.#prefix)).map((key) => key.slice(this.#prefix.length));
  }

  async own(): Promise<OwnHubStart | null> {
    const text = await this.#storage.get(this.#ownKey);
    if (text === undefined) return null;
    try {
      return v.parse(OwnHubStart, JSON.parse(text));
    } catch {
      // Of another version, or damaged: the user is asked.
      return null;
    }
  }

  async keepOwn(start: OwnHubStart): Promise<void> {
    await this.#storage.store(this.#ownKey, JSON.stringify(start));
  }

  async forgetOwn(): Promise<void> {
    await this.#storage.delete(this.#ownKey);
  }
}
