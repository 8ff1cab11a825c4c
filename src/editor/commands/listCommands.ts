import * as vscode from 'vscode';
import type { PanelHost } from '../views/panelHost.ts';
import type { DownloadArguments, DownloadFlow } from './downloadFlow.ts';
import { keepsFocus, nodesOf, oneOf } from './taskTargets.ts';

export interface ListCommandsInit {
  readonly flow: DownloadFlow;
  readonly panel: PanelHost;
  readonly log: vscode.LogOutputChannel;
}

/** Commands that are not about one download. */
export function listCommands({ flow, panel, log }: ListCommandsInit) {
  return {
    downloadFile: async (...args: unknown[]) => flow.run(downloadArguments(args[0])),
    /** Called on a folder of the Explorer. */
    downloadToFolder: async (...args: unknown[]) => {
      const [folder] = args;
      return flow.run(folder instanceof vscode.Uri && folder.scheme === 'file' ? { folder: folder.fsPath } : {});
    },
    showPanel: async (...args: unknown[]) => {
      const [node] = nodesOf(oneOf(args));
      await panel.show(node?.kind === 'task' ? node.id : null, keepsFocus(args));
    },
    showLog: async () => log.show(),
  };
}

function downloadArguments(value: unknown): DownloadArguments {
  if (typeof value !== 'object' || value === null) return {};
  return {
    ...('address' in value && typeof value.address === 'string' ? { address: value.address } : {}),
    ...('folder' in value && typeof value.folder === 'string' ? { folder: value.folder } : {}),
  };
}
