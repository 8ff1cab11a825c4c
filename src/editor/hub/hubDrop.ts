import * as vscode from 'vscode';
import { localize as t } from '../localize.ts';
import type { HubNode } from './hubNode.ts';

const MIME_TYPE = 'text/uri-list';

/** Files dropped on the Share Hub view; those on a hub go to that one. */
export class HubDrop implements vscode.TreeDragAndDropController<HubNode> {
  readonly dropMimeTypes = [MIME_TYPE];
  readonly dragMimeTypes = [];
  readonly #share: (files: readonly vscode.Uri[], hub: string | null) => Promise<unknown>;

  constructor(share: (files: readonly vscode.Uri[], hub: string | null) => Promise<unknown>) {
    this.#share = share;
  }

  async handleDrop(target: HubNode | undefined, dropped: vscode.DataTransfer): Promise<void> {
    const text = (await dropped.get(MIME_TYPE)?.asString()) ?? '';
    const files = droppedFiles(text);
    // Not awaited: the editor shows the drop as unfinished until this returns.
    if (files.length > 0) void this.#share(files, target?.hub ?? null);
    else void vscode.window.showInformationMessage(t('Nothing was dropped that can be shared: only files can.'));
  }
}

/** RFC 2483: one to a line, `#` starts a comment. */
function droppedFiles(text: string): vscode.Uri[] {
  const lines = text.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'));
  return lines.flatMap((line) => {
    const uri = vscode.Uri.parse(line);
    // What the Explorer of a remote window shows is a file of the machine that this runs on.
    if (uri.scheme === 'vscode-remote') return [vscode.Uri.file(uri.path)];
    return uri.scheme === 'file' ? [uri] : [];
  });
}
