import * as vscode from 'vscode';
import type { HubUpload } from '../../contract/hub.ts';
import { type Disposable, DisposableList } from '../../kit/disposables.ts';
import { formatBytes } from '../../kit/format.ts';
import { Gatherer } from '../../kit/gatherer.ts';
import { COMMANDS, SETTINGS, VIEWS } from '../contributions.ts';
import { localize as t } from '../localize.ts';
import { unlinked } from '../unlinked.ts';
import type { HubMirror, SharedFile } from './hubMirror.ts';
import type { HubFileNode, HubNode } from './hubNode.ts';
import { uploadFailureText } from './hubText.ts';

/** Files that are shared together are told together, and nobody is told more often than every ten seconds. */
const TOGETHER = { quietMs: 1_000, longestMs: 5_000, gapMs: 10_000 };

export interface HubNoticesInit {
  readonly hubs: HubMirror;
  readonly notifies: () => boolean;
  readonly onFailed: (error: unknown) => void;
}

/** Tells of files that others have shared, and of uploads that failed; in the window that is looked at only. */
export class HubNotices implements Disposable {
  readonly #init: HubNoticesInit;
  readonly #disposables = new DisposableList();
  readonly #gatherer = this.#disposables.add(new Gatherer<SharedFile>(TOGETHER, (files) => this.#tell(files)));

  constructor(init: HubNoticesInit) {
    this.#init = init;
    this.#disposables.add(
      init.hubs.onDidChange(({ news, failedUploads }) => {
        if (init.notifies()) this.#gatherer.add(news);
        for (const upload of failedUploads) this.#tellFailure(upload);
      }),
    );
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #tell(collected: readonly SharedFile[]): void {
    // Removed meanwhile, or the window is not looked at: then the badge tells.
    const files = collected.filter(({ hub, file }) => this.#init.hubs.file(hub, file.fid) !== null);
    const [first] = files;
    if (first === undefined || !vscode.window.state.focused) return;
    const show = t('Show');
    const download = t('Download');
    const { name, uploader, sizeBytes } = first.file;
    const text =
      files.length === 1
        ? t('{who} shared {name} ({size}).', { who: uploader, name, size: formatBytes(sizeBytes) })
        : t('{count} new files on the share hub.', { count: files.length });
    const node: HubFileNode = { kind: 'hubFile', hub: first.hub, fid: first.file.fid };
    vscode.window
      .showInformationMessage(unlinked(text), ...(files.length === 1 ? [download, show] : [show]))
      .then((choice) => {
        if (choice === show) return vscode.commands.executeCommand(`${VIEWS.shareHub}.focus`);
        return choice === download ? vscode.commands.executeCommand(COMMANDS.downloadFromHub, node) : undefined;
      })
      .then(undefined, this.#init.onFailed);
  }

  #tellFailure({ hub, id, name, status }: HubUpload): void {
    const level = vscode.workspace.getConfiguration().get(SETTINGS.notifications);
    if (status.state !== 'failed' || level === 'never' || !vscode.window.state.focused) return;
    const retry = t('Retry');
    const node: HubNode = { kind: 'hubUpload', hub, id };
    vscode.window
      .showErrorMessage(unlinked(uploadFailureText(name, status.error, t)), retry)
      .then((choice) => (choice === retry ? vscode.commands.executeCommand(COMMANDS.retryHubUpload, node) : undefined))
      .then(undefined, this.#init.onFailed);
  }
}
