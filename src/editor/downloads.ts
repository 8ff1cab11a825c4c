import type { AddParams, TaskSecrets } from '../contract/engineApi.ts';
import type { TaskId } from '../contract/task.ts';
import { type Disposable, DisposableList } from '../kit/disposables.ts';
import type { EngineLink } from './engineLink.ts';
import { isPrivateLink } from './linkInput.ts';
import type { TaskMirror } from './taskMirror.ts';
import type { TaskSecretStore } from './taskSecretStore.ts';

export interface DownloadsInit {
  readonly link: Pick<EngineLink, 'request'>;
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
        this.#forget(changes.flatMap(({ id, after }) => (after === null ? [id] : [])));
        this.#inherit(
          changes.flatMap(({ id, before, after }) =>
            before === null && after !== null && after.addedBy !== null ? [{ id, from: after.addedBy }] : [],
          ),
        );
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

  /** One more link to the same file. @throws TributaryError of the engine */
  async addMirror(id: TaskId, address: string): Promise<void> {
    const { link, secrets, onSecretsFailed } = this.#init;
    await link.request('addMirror', { id, address });
    if (!isPrivateLink(address)) return;
    await secrets
      .update(id, (kept) => ({ ...kept, mirrors: [...new Set([...(kept.mirrors ?? []), address])] }))
      .catch(onSecretsFailed);
  }

  /** A fresh link in the place of the first one. @throws TributaryError of the engine */
  async replaceLink(id: TaskId, address: string): Promise<void> {
    const { link, secrets, onSecretsFailed } = this.#init;
    await link.request('replaceAddress', { id, address });
    await secrets
      // The old link must not come back with the next engine, also when the new one is no secret.
      .update(id, ({ address: _, ...kept }) => (isPrivateLink(address) ? { ...kept, address } : kept))
      .catch(onSecretsFailed);
  }

  /** Goes on with a download that stopped because its name was taken. @throws TributaryError of the engine */
  async retry(id: TaskId, exists: 'rename' | 'replace'): Promise<void> {
    await this.#init.link.request('retry', { id, exists });
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #inherit(heirs: readonly { readonly id: TaskId; readonly from: TaskId }[]): void {
    for (const { id, from } of heirs) if (this.#addedHere.has(from)) this.#addedHere.add(id);
    this.#init.secrets.inherit(heirs).catch(this.#init.onSecretsFailed);
  }

  #forget(ids: readonly TaskId[]): void {
    for (const id of ids) this.#addedHere.delete(id);
    this.#init.secrets.forget(ids).catch(this.#init.onSecretsFailed);
  }
}

function secretsOf({ address, headers, mirrors = [] }: AddParams): TaskSecrets {
  const privateMirrors = mirrors.filter(isPrivateLink);
  return {
    ...(isPrivateLink(address) ? { address } : {}),
    ...(headers ? { headers } : {}),
    ...(privateMirrors.length > 0 ? { mirrors: privateMirrors } : {}),
  };
}
