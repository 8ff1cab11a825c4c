import * as vscode from 'vscode';
import { ExistsPolicy } from '../../contract/settings.ts';
import type { TaskId } from '../../contract/task.ts';
import { SETTINGS } from '../contributions.ts';
import type { Downloads } from '../downloads.ts';
import { type LinkRequest, linkLabel } from '../linkInput.ts';
import { localize as t } from '../localize.ts';
import { fileCount } from '../taskText.ts';
import { chooseFolder } from './chooseFolder.ts';
import { offerPeers } from './gatewayQuestion.ts';
import { linkInEditor } from './linkInEditor.ts';
import { promptLinks } from './promptLinks.ts';
import { tryEach } from './tryEach.ts';

/** What a caller of `tributary.downloadFile` may fill in. The user still sees link and folder, and accepts them. */
export interface DownloadArguments {
  readonly address?: string;
  readonly folder?: string;
}

export interface DownloadFlowInit {
  readonly downloads: Downloads;
  /** Remembers the folder that was used last. */
  readonly memory: vscode.Memento;
  readonly revealView: () => Promise<void>;
}

/** From a link to a download: which link, where to, go. Resolves to the ids of what was added. */
export class DownloadFlow {
  readonly #init: DownloadFlowInit;

  constructor(init: DownloadFlowInit) {
    this.#init = init;
  }

  /** @throws TributaryError when the engine refuses */
  async run({ address, folder }: DownloadArguments): Promise<readonly TaskId[]> {
    const { selected, atCursor } = linkInEditor();
    const links = await promptLinks({
      title: folder === undefined ? t('Download File') : t('Download File to {folder}', { folder }),
      prompt: t('Paste a link, a CID or an address of a seed or hub; a checksum may follow, as in sha256:<hex>.'),
      prefill: address ?? (selected === '' ? null : selected),
      otherwise: atCursor,
    });
    const chosen = links && (await offerPeers(links));
    return chosen ? this.download(chosen, folder ?? null) : [];
  }

  /** @param folder null: the user is asked */
  async download(links: readonly LinkRequest[], folder: string | null): Promise<readonly TaskId[]> {
    const [first] = links;
    if (!first) return [];
    const what = links.length === 1 ? (first.fileName ?? linkLabel(first.address)) : fileCount(links.length, t);
    const target = folder ?? (await chooseFolder(what, this.#init.memory));
    if (target === null) return [];
    const exists = existsPolicy();
    const ids: TaskId[] = [];
    const adding = tryEach(links, async ({ address, checksum, fileName, mirrors = [] }) => {
      const params = {
        address,
        folder: target,
        exists,
        ...(checksum === null ? {} : { checksum }),
        ...(fileName === undefined ? {} : { fileName }),
        ...(mirrors.length > 0 ? { mirrors: [...mirrors] } : {}),
      };
      ids.push(await this.#init.downloads.add(params));
    });
    await adding.finally(() => (ids.length > 0 ? this.#init.revealView() : undefined));
    return ids;
  }
}

/** What the user wants done when a name is taken. */
export function existsPolicy(): ExistsPolicy {
  const wanted = vscode.workspace.getConfiguration().get(SETTINGS.whenFileExists);
  return ExistsPolicy.options.find((policy) => policy === wanted) ?? 'rename';
}
