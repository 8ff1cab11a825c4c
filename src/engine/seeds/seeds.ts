import { join } from 'node:path';
import type { AddParams } from '../../contract/engineApi.ts';
import type { SeedSettings, SeedsSnapshot, ShareId, SharingSnapshot } from '../../contract/seedApi.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Event } from '../../kit/emitter.ts';
import type { Address } from '../intake/address.ts';
import { parseAddress } from '../intake/address.ts';
import { FIRST_SEED_PORT, seedNumberOf } from '../intake/seedAddress.ts';
import type { Source } from '../sources/source.ts';
import { loadShares, saveShares } from './keptShares.ts';
import { SeedSearch } from './seedSearch.ts';
import { Sharing } from './sharing.ts';

export interface SeedsComponents {
  readonly clock: Clock;
  readonly log: (level: 'info' | 'warn', message: string) => void;
}

export interface SeedsInit {
  /** Null: nothing is kept. */
  readonly stateFolder: string | null;
  readonly version: string;
}

/** Files from and for others on this machine or near by (PROTOCOLS §1). */
export class Seeds {
  readonly #stateFolder: string | null;
  readonly #sharing: Sharing;
  readonly #search: SeedSearch;
  readonly #closing = new AbortController();
  #settings: SeedSettings | null = null;

  readonly onDidChangeSharing: Event<SharingSnapshot>;

  constructor(components: SeedsComponents, init: SeedsInit) {
    const { stateFolder } = init;
    this.#stateFolder = stateFolder;
    const digestsPath = stateFolder === null ? null : join(stateFolder, 'digests.json');
    this.#sharing = new Sharing(components, { digestsPath });
    this.#search = new SeedSearch({ ...components, own: () => this.#sharing.endpoint }, init);
    this.onDidChangeSharing = this.#sharing.onDidChange;
  }

  /** As long as something is shared, there has to be somebody who serves it. */
  get isSharing(): boolean {
    return this.#sharing.shares.length > 0;
  }

  /** Goes on with what was shared when the engine ended. */
  async restore(): Promise<void> {
    const { settings, shares } = await loadShares(this.#stateFolder);
    this.#settings = settings;
    this.#search.configure(settings);
    await this.#sharing.configure(settings);
    await this.#sharing.restore(shares);
  }

  /** @throws TributaryError of the disk */
  async configure(settings: SeedSettings): Promise<void> {
    this.#settings = settings;
    this.#search.configure(settings);
    await this.#sharing.configure(settings);
    await this.#save();
  }

  /** @throws TributaryError; see `Sharing.share` */
  async share(path: string): Promise<{ id: ShareId }> {
    const { id } = await this.#sharing.share(path);
    await this.#save();
    return { id };
  }

  /** @throws TributaryError `not-shared` */
  async stopSharing(id: ShareId): Promise<void> {
    await this.#sharing.stop(id);
    await this.#save();
  }

  sharing(): Promise<SharingSnapshot> {
    return this.#sharing.snapshot();
  }

  find(): Promise<SeedsSnapshot> {
    return this.#search.find();
  }

  /** @throws TributaryError `no-seed`; the signal's reason when aborted */
  openSources(
    address: Address,
    options: { signal: AbortSignal; begunBytes?: number | null } = this.#closing,
  ): Promise<readonly Source[]> {
    return this.#search.open(address, options);
  }

  /** Whether one of them leads to a seed that offers its file now. */
  async isOffered(links: readonly string[]): Promise<boolean> {
    const seeds = links.map(parseAddress).filter(({ kind }) => kind === 'seed');
    return (await Promise.all(seeds.map((address) => this.#search.isOffered(address)))).includes(true);
  }

  /** Where a download lands: below the chosen folder, when it comes from a seed and the classic layout is on. */
  async placeOf(params: AddParams): Promise<AddParams> {
    const { layout, seedNumber } = this.#settings ?? { layout: 'chosen', seedNumber: 0 };
    const address = layout === 'classic' ? parseAddress(params.address) : null;
    if (address?.kind !== 'seed') return params;
    const ownPort = this.#sharing.endpoint?.port ?? FIRST_SEED_PORT - 1 + (seedNumber || 1);
    const first = await this.#search.firstSeed(address.url, this.#closing);
    const own = String(seedNumberOf(ownPort));
    const source = String(seedNumberOf(first?.port ?? FIRST_SEED_PORT));
    return { ...params, folder: join(params.folder, 'files', `seed${own}`, own, source) };
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the engine is closing'));
    await Promise.all([this.#sharing.close(), this.#search.close()]);
  }

  async #save(): Promise<void> {
    if (this.#settings !== null)
      await saveShares(this.#stateFolder, { settings: this.#settings, shares: this.#sharing.shares });
  }
}
