import type { SecretStorage } from '../taskSecretStore.ts';

/** What others must know to be served off loopback: kept in the editor's secret storage, for one engine. */
export class SeedKey {
  readonly #storage: Pick<SecretStorage, 'get' | 'store' | 'delete'>;
  readonly #name: string;

  /** @param place see `secretPlace` */
  constructor(storage: Pick<SecretStorage, 'get' | 'store' | 'delete'>, place: string) {
    this.#storage = storage;
    this.#name = `seedKey/${place}`;
  }

  async get(): Promise<string | null> {
    return (await this.#storage.get(this.#name)) ?? null;
  }

  /** Null takes it away. */
  async set(key: string | null): Promise<void> {
    if (key === null) await this.#storage.delete(this.#name);
    else await this.#storage.store(this.#name, key);
  }
}

/** Whether a key can be sent in a header, as the engine asks for it. */
export function isSeedKey(text: string): boolean {
  return /^[\x21-\x7e]{1,512}$/.test(text);
}
