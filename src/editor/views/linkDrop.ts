import * as vscode from 'vscode';
import { type LinkRequest, parseDroppedLinks } from '../linkInput.ts';
import { localize as t } from '../localize.ts';
import type { TreeNode } from './treeNode.ts';

const MIME_TYPES = ['text/uri-list', 'text/plain'] as const;

/** Links dropped on the Downloads view. Where to put them is asked, which is the confirmation too. */
export class LinkDrop implements vscode.TreeDragAndDropController<TreeNode> {
  readonly dropMimeTypes = MIME_TYPES;
  readonly dragMimeTypes = [];
  readonly #download: (links: readonly LinkRequest[]) => Promise<unknown>;

  constructor(download: (links: readonly LinkRequest[]) => Promise<unknown>) {
    this.#download = download;
  }

  async handleDrop(_target: TreeNode | undefined, dropped: vscode.DataTransfer): Promise<void> {
    for (const type of MIME_TYPES) {
      const links = parseDroppedLinks((await dropped.get(type)?.asString()) ?? '');
      if (links.length === 0) continue;
      // Not awaited: the editor shows the drop as unfinished until this returns.
      void this.#download(links);
      return;
    }
    void vscode.window.showInformationMessage(
      t(
        'Nothing was dropped that can be downloaded: only links that start with https://, http://, ipfs://, seed:// or hub:// can.',
      ),
    );
  }
}
