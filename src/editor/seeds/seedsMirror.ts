import type { IpfsSnapshot } from '../../contract/ipfs.ts';
import type { SeedsSnapshot, SharingSnapshot } from '../../contract/seedApi.ts';
import { Emitter, type Event } from '../../kit/emitter.ts';

/** All that the Seeds view shows. */
export interface SeedsState {
  /** Null until an engine has told. */
  readonly sharing: SharingSnapshot | null;
  /** Null until seeds were looked for. */
  readonly found: SeedsSnapshot | null;
  readonly ipfs: IpfsSnapshot | null;
}

/** The editor's one copy of what the engine knows of seeds and of IPFS. */
export class SeedsMirror implements SeedsState {
  readonly #changed = new Emitter<void>();
  #sharing: SharingSnapshot | null = null;
  #found: SeedsSnapshot | null = null;
  #ipfs: IpfsSnapshot | null = null;

  readonly onDidChange: Event<void> = this.#changed.event;

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

  takeFound(found: SeedsSnapshot): void {
    this.#found = found;
    this.#changed.fire();
  }

  takeIpfs(ipfs: IpfsSnapshot): void {
    this.#ipfs = ipfs;
    this.#changed.fire();
  }
}
