import type { IpfsSnapshot } from '../../contract/ipfs.ts';
import type { SeedsSnapshot, SharingSnapshot } from '../../contract/seedApi.ts';
import type { TaskSnapshot } from '../../contract/task.ts';
import { Emitter, type Event } from '../../kit/emitter.ts';
import { comesFrom, latestDownloads } from '../latestDownloads.ts';
import type { TaskChange, TaskMirror } from '../taskMirror.ts';

/** All that the Seeds view shows. */
export interface SeedsState {
  /** Null until an engine has told. */
  readonly sharing: SharingSnapshot | null;
  /** Null until seeds were looked for. */
  readonly found: SeedsSnapshot | null;
  readonly ipfs: IpfsSnapshot | null;
  /** The latest download of a file at a seed, by its address. */
  readonly downloadOf: (address: string) => TaskSnapshot | null;
}

/** The editor's one copy of what the engine knows of seeds and of IPFS. */
export class SeedsMirror implements SeedsState {
  readonly #changed = new Emitter<void>();
  readonly #tasks: TaskMirror;
  #sharing: SharingSnapshot | null = null;
  #found: SeedsSnapshot | null = null;
  #ipfs: IpfsSnapshot | null = null;
  #downloadOf: SeedsState['downloadOf'] | null = null;

  readonly onDidChange: Event<void> = this.#changed.event;

  constructor(tasks: TaskMirror) {
    this.#tasks = tasks;
    tasks.onDidChange(({ changes }) => {
      // How far a download is, is told in the Downloads view.
      const isNews = ({ before, after }: TaskChange) =>
        before?.status.state !== after?.status.state || before?.sizeBytes !== after?.sizeBytes;
      if (!changes.some((change) => isNews(change) && comesFrom(change, 'seed'))) return;
      this.#downloadOf = null;
      this.#changed.fire();
    });
  }

  get downloadOf(): SeedsState['downloadOf'] {
    this.#downloadOf ??= latestDownloads(this.#tasks, 'seed');
    return this.#downloadOf;
  }

  get sharing(): SharingSnapshot | null {
    return this.#sharing;
  }

  get found(): SeedsSnapshot | null {
    return this.#found;
  }

  get ipfs(): IpfsSnapshot | null {
    return this.#ipfs;
  }

  takeSharing(sharing: SharingSnapshot): void {
    this.#sharing = sharing;
    this.#changed.fire();
  }

  /** While no engine is there nobody listens, and nobody takes anything. */
  markDisconnected(): void {
    if (this.#sharing === null && this.#ipfs === null) return;
    if (this.#sharing !== null) {
      const shares = this.#sharing.shares.map((share) => ({ ...share, address: null, link: null }));
      this.#sharing = { ...this.#sharing, state: 'off', address: null, port: null, shares, peers: [] };
    }
    if (this.#ipfs !== null) this.#ipfs = { ...this.#ipfs, peers: [] };
    this.#changed.fire();
  }

  takeFound(found: SeedsSnapshot): void {
    this.#found = found;
    this.#changed.fire();
  }

  takeIpfs(ipfs: IpfsSnapshot): void {
    this.#ipfs = ipfs;
    this.#changed.fire();
  }
}
