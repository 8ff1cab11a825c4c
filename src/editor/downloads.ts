import type { AddParams, TaskSecrets } from '../contract/engineApi.ts';
import type { TaskId } from '../contract/task.ts';
import { type Disposable, DisposableList } from '../kit/disposables.ts';
import type { EngineLink } from './engineLink.ts';
import { isPrivateLink } from './linkInput.ts';
import type { TaskMirror } from './taskMirror.ts';
import type { TaskSecretStore } from './taskSecretStore.ts';

export interface DownloadsInit {
  readonly link: EngineLink;
  readonly mirror: TaskMirror;
  readonly secrets: TaskSecretStore;
  readonly onSecretsFailed: (error: unknown) => void;
}

/** Adds downloads and looks after their secrets, from the first request until they are off the list. */
export class Downloads implements Disposable {
  readonly #init: DownloadsInit;
  readonly #addedHere = new Set<TaskId>();
  readonly #disposables = new DisposableList();

  constructor(init: DownloadsInit) {
    this.#init = init;
    this.#disposables.add(
      init.mirror.onDidChange(({ changes }) => {
        for (const { id, after } of changes) if (!after) this.#forget(id);
      }),
    );
  }

  /** Whether this window added it: then this window tells what becomes of it. */
  wasAddedHere(id: TaskId): boolean {
    return this.#addedHere.has(id);
  }

  /** @throws TributaryError of the engine */
  async add(params: AddParams): Promise<TaskId> {
    const { link, secrets, onSecretsFailed } = this.#init;
    const { id } = await link.request('add', params);
    this.#addedHere.add(id);
    // A failing key ring is no reason to refuse the download: the engine has the secrets as long as it runs.
    await secrets.keep(id, secretsOf(params)).catch(onSecretsFailed);
    return id;
  }

  /** Starts a download anew that stopped because its name was taken. */
  async addAgain(id: TaskId, exists: 'rename' | 'replace'): Promise<TaskId | null> {
    const { link, mirror, secrets } = this.#init;
    const task = mirror.get(id);
    if (!task) return null;
    const kept = await secrets.get(id);
    const address = kept?.address ?? (await link.request('link', { id })).address;
    const again = await this.add({
      address,
      folder: task.folder,
      exists,
      ...(task.checksum === null ? {} : { checksum: task.checksum }),
      ...(kept?.headers ? { headers: kept.headers } : {}),
    });
    await link.request('remove', { id });
    return again;
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #forget(id: TaskId): void {
    this.#addedHere.delete(id);
    this.#init.secrets.forget(id).catch(this.#init.onSecretsFailed);
  }
}

function secretsOf({ address, headers }: AddParams): TaskSecrets {
  return { ...(isPrivateLink(address) ? { address } : {}), ...(headers ? { headers } : {}) };
}
