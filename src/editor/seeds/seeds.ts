import type { IpfsSnapshot } from '../../contract/ipfs.ts';
import type { SeedSettings, SeedsSnapshot, ShareId } from '../../contract/seedApi.ts';
import { type Disposable, DisposableList } from '../../kit/disposables.ts';
import type { EngineLink, LinkedEngine } from '../engineLink.ts';
import type { SeedKey } from './seedKey.ts';
import type { SeedsMirror } from './seedsMirror.ts';

export interface SeedsInit {
  readonly link: EngineLink;
  readonly mirror: SeedsMirror;
  readonly key: SeedKey;
  readonly settings: (key: string | null) => SeedSettings;
  readonly onFailed: (error: unknown) => void;
  readonly onSecretsFailed: (error: unknown) => void;
}

/** What the editor asks the engine about seeds: others' files, and what this user shares. */
export class Seeds implements Disposable {
  readonly #init: SeedsInit;
  readonly #disposables = new DisposableList();
  #finding: Promise<SeedsSnapshot> | null = null;

  constructor(init: SeedsInit) {
    this.#init = init;
    const { link, mirror } = init;
    this.#disposables.add(link.onDidChangeSharing((sharing) => mirror.takeSharing(sharing)));
    this.#disposables.add(link.onDidChangeIpfs((ipfs) => mirror.takeIpfs(ipfs)));
  }

  /** Tells a fresh engine the settings and takes over what it shares. Seeds that do not work must not hold downloads up. */
  async prepare(engine: LinkedEngine): Promise<void> {
    const { mirror, onFailed } = this.#init;
    try {
      await engine.request('configureSeeds', await this.#settings());
      mirror.takeSharing(await engine.request('sharing', undefined));
      mirror.takeIpfs(await engine.request('ipfs', undefined));
    } catch (error) {
      onFailed(error);
    }
  }

  /** Tells a running engine of changed settings. */
  async configure(): Promise<void> {
    await this.#init.link.requestIfConnected('configureSeeds', await this.#settings());
  }

  /** Null takes the key away. @throws TributaryError of the engine */
  async setKey(key: string | null): Promise<void> {
    await this.#init.key.set(key);
    await this.configure();
  }

  async hasKey(): Promise<boolean> {
    return (await this.#key()) !== null;
  }

  /** Asks the ports of the settings; who asks meanwhile gets the same answer. @throws TributaryError of the engine */
  async find(): Promise<SeedsSnapshot> {
    this.#finding ??= this.#find().finally(() => {
      this.#finding = null;
    });
    return this.#finding;
  }

  /** @returns the id of the share. @throws TributaryError of the engine */
  async share(path: string): Promise<ShareId> {
    const { id } = await this.#init.link.request('share', { path });
    await this.#refreshSharing();
    return id;
  }

  /** @throws TributaryError of the engine */
  async stopSharing(id: string): Promise<void> {
    await this.#init.link.request('stopSharing', { id });
    await this.#refreshSharing();
  }

  /** Computes the CID of a file and offers it. @throws TributaryError of the engine */
  async shareOnIpfs(path: string): Promise<{ readonly cid: string; readonly address: string }> {
    const added = await this.#init.link.request('shareOnIpfs', { path });
    await this.#refreshIpfs();
    return added;
  }

  /** @throws TributaryError of the engine */
  async unshareOnIpfs(cid: string): Promise<void> {
    await this.#init.link.request('unshareOnIpfs', { cid });
    await this.#refreshIpfs();
  }

  /** @throws TributaryError of the engine */
  async startIpfs(): Promise<IpfsSnapshot> {
    const ipfs = await this.#init.link.request('startIpfs', undefined);
    this.#init.mirror.takeIpfs(ipfs);
    return ipfs;
  }

  /** @throws TributaryError of the engine */
  async stopIpfs(): Promise<void> {
    await this.#init.link.request('stopIpfs', undefined);
    await this.#refreshIpfs();
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  async #find(): Promise<SeedsSnapshot> {
    const found = await this.#init.link.request('findSeeds', undefined);
    this.#init.mirror.takeFound(found);
    return found;
  }

  async #refreshSharing(): Promise<void> {
    this.#init.mirror.takeSharing(await this.#init.link.request('sharing', undefined));
  }

  async #refreshIpfs(): Promise<void> {
    this.#init.mirror.takeIpfs(await this.#init.link.request('ipfs', undefined));
  }

  async #settings(): Promise<SeedSettings> {
    return this.#init.settings(await this.#key());
  }

  /** A key ring that cannot be opened is as good as no key: what needs none goes on. */
  async #key(): Promise<string | null> {
    try {
      return await this.#init.key.get();
    } catch (error) {
      this.#init.onSecretsFailed(error);
      return null;
    }
  }
}
