import type { HubFile, HubFilesChange } from '../contract/hub.ts';

interface Pending {
  readonly added: Map<string, HubFile>;
  readonly news: Set<string>;
  readonly removed: Set<string>;
}

/** What has become of the files of hubs since clients were told last. */
export class PendingFiles {
  #byHub = new Map<string, Pending>();

  /** @param isNews somebody else has shared it just now */
  added(hub: string, file: HubFile, options: { isNews: boolean }): void {
    const pending = this.#of(hub);
    pending.added.set(file.fid, file);
    pending.removed.delete(file.fid);
    if (options.isNews) pending.news.add(file.fid);
  }

  removed(hub: string, fid: string): void {
    const pending = this.#of(hub);
    pending.removed.add(fid);
    pending.added.delete(fid);
    pending.news.delete(fid);
  }

  /** The hub was left: its files are nobody's business any more. */
  forget(hub: string): void {
    this.#byHub.delete(hub);
  }

  /** From now on it is what comes after that. */
  take(): readonly HubFilesChange[] {
    const changes = [...this.#byHub].map(([hub, { added, news, removed }]) => ({
      hub,
      added: [...added.values()],
      news: [...news],
      removed: [...removed],
    }));
    this.#byHub = new Map();
    return changes;
  }

  #of(hub: string): Pending {
    let pending = this.#byHub.get(hub);
    if (pending === undefined) {
      pending = { added: new Map(), news: new Set(), removed: new Set() };
      this.#byHub.set(hub, pending);
    }
    return pending;
  }
}
