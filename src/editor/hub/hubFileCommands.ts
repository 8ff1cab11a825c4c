import * as vscode from 'vscode';
import { chooseFolder } from '../commands/chooseFolder.ts';
import { existsPolicy } from '../commands/downloadFlow.ts';
import { oneOf } from '../commands/taskTargets.ts';
import { tryEach } from '../commands/tryEach.ts';
import { COMMANDS } from '../contributions.ts';
import type { Downloads } from '../downloads.ts';
import type { EngineLink } from '../engineLink.ts';
import { latestDownloads } from '../latestDownloads.ts';
import { localize as t } from '../localize.ts';
import type { TaskMirror } from '../taskMirror.ts';
import type { TaskNode } from '../views/treeNode.ts';
import type { HubMirror, SharedFile } from './hubMirror.ts';
import type { HubNode } from './hubNode.ts';
import { hubNodesOf, pickFiles, pickHub, whatOfFiles } from './hubTargets.ts';
import { onHubAlreadyText, removalText } from './hubText.ts';

/** How long a short "it is in the clipboard" stays in the status bar. */
const STATUS_MS = 3_000;

export interface HubFileCommandsInit {
  readonly link: EngineLink;
  readonly hubs: HubMirror;
  readonly tasks: TaskMirror;
  readonly downloads: Downloads;
  /** Remembers the folder that was used last. */
  readonly memory: vscode.Memento;
  readonly revealView: () => Promise<void>;
}

/** Commands about files on hubs, and on their way there. */
export function hubFileCommands({ link, hubs, tasks, downloads, memory, revealView }: HubFileCommandsInit) {
  const none = t('There is no file on a share hub yet.');

  /** @param hub null: the only one, or the user's choice */
  const share = async (files: readonly vscode.Uri[], hub: string | null): Promise<void> => {
    const paths = await sharable(files);
    if (paths.length === 0) return;
    const address = hub ?? (await hubToShareTo());
    if (address === null) return;
    await revealView();
    const before = new Set(hubs.filesOf(address).map(({ fid }) => fid));
    const shared = new Set<string>();
    await tryEach(paths, async (path) => {
      for (const id of (await link.request('shareToHub', { address, paths: [path] })).ids) shared.add(id);
    });
    // Of these nothing would be seen: they are not sent again.
    const { uploads } = await link.request('hubs', undefined);
    const there = uploads.filter(({ id, fid }) => shared.has(id) && before.has(fid)).map(({ name }) => name);
    if (there.length > 0) vscode.window.setStatusBarMessage(`$(check) ${onHubAlreadyText(there, t)}`, STATUS_MS);
  };

  const hubToShareTo = async (): Promise<string | null> => {
    if (hubs.hubs.length === 0) hubs.replaceAll(await link.request('hubs', undefined));
    if (hubs.hubs.length === 0) {
      const start = t('Start Share Hub');
      const join = t('Join Share Hub…');
      const choice = await vscode.window.showInformationMessage(t('You are in no share hub yet.'), start, join);
      if (choice === start) await vscode.commands.executeCommand(COMMANDS.startHub);
      if (choice === join) await vscode.commands.executeCommand(COMMANDS.joinHub);
    }
    if (hubs.hubs.length === 0) return null;
    return (await pickHub([], hubs, { ask: t('Share on which hub?'), none }))?.address ?? null;
  };

  const onUploads =
    (run: (id: string) => Promise<unknown>) =>
    async (...args: unknown[]) =>
      tryEach(uploadIds(hubNodesOf(args)), run);

  return {
    /** Called on files of the Explorer, on a hub, or from the palette. */
    shareToHub: async (...args: unknown[]) => {
      const [first, selection] = args;
      if (first instanceof vscode.Uri) {
        return share(Array.isArray(selection) ? selection.filter((uri) => uri instanceof vscode.Uri) : [first], null);
      }
      const [node] = hubNodesOf(oneOf(args));
      const picked = await vscode.window.showOpenDialog({
        canSelectMany: true,
        title: t('Share to Hub'),
        openLabel: t('Share'),
        ...startFolder(),
      });
      if (picked) await share(picked, node?.hub ?? null);
    },
    /** Files dropped on the view. */
    share,
    downloadFromHub: async (...args: unknown[]) => {
      const files = await pickFiles(args, hubs, { ask: t('Download which files?'), none });
      if (files.length === 0) return;
      const folder = await chooseFolder(whatOfFiles(files), memory);
      if (folder === null) return;
      const exists = existsPolicy();
      await tryEach(files, ({ file: { address, name } }) =>
        downloads.add({ address, folder, exists, ...(isPlainName(name) ? { fileName: name } : {}) }),
      );
    },
    openFromHub: async (...args: unknown[]) => {
      const [shared] = await pickFiles(oneOf(args), hubs, { ask: t('Open which file?'), none });
      const task = shared && latestDownloads(tasks, 'hub')(shared.file.address);
      if (!task) return;
      const node: TaskNode = { kind: 'task', id: task.id };
      // How it is opened is told by who called.
      await vscode.commands.executeCommand(COMMANDS.openFile, node, [node], ...args.slice(2));
    },
    copyHubLink: async (...args: unknown[]) => {
      const files = await pickFiles(args, hubs, { ask: t('Copy the link of which file?'), none });
      if (files.length === 0) return;
      await vscode.env.clipboard.writeText(files.map(({ file }) => file.address).join('\n'));
      vscode.window.setStatusBarMessage(`$(check) ${t('Link copied')}`, STATUS_MS);
    },
    removeFromHub: async (...args: unknown[]) => {
      const files = await pickFiles(args, hubs, {
        ask: t('Remove which files from the hub?'),
        none: t('There is no file of yours on a share hub.'),
        fits: ({ hub, file }) => file.mine || hubs.hub(hub)?.own != null,
      });
      if (files.length === 0 || !(await confirmRemove(files))) return;
      await tryEach(files, ({ hub, file }) => link.request('removeFromHub', { address: hub, fid: file.fid }));
    },
    cancelHubUpload: onUploads((id) => link.request('cancelShare', { id })),
    retryHubUpload: onUploads((id) => link.request('retryShare', { id })),
  };
}

/**
 * Whether a name may be shown and taken as if the user had chosen it. A hidden file would be made only because somebody
 * else calls it so; others are named by the engine, when the hub has answered.
 */
function isPlainName(name: string): boolean {
  return /^[\p{L}\p{N}_([-]/u.test(name);
}

/** What can be shared of the chosen; the user is told of the rest. */
async function sharable(files: readonly vscode.Uri[]): Promise<string[]> {
  const paths: string[] = [];
  let folders = 0;
  for (const uri of files) {
    if (uri.scheme !== 'file') continue;
    const isFolder = await vscode.workspace.fs.stat(uri).then(
      ({ type }) => (type & vscode.FileType.Directory) !== 0,
      // Gone, or not to be read: the engine says so of this file, and the others are shared.
      () => false,
    );
    if (isFolder) folders++;
    else paths.push(uri.fsPath);
  }
  if (folders > 0)
    void vscode.window.showInformationMessage(t('A hub takes files only; choose the files in the folder.'));
  else if (paths.length === 0) void vscode.window.showInformationMessage(t('Only files on disk can be shared.'));
  return paths;
}

function startFolder(): { defaultUri?: vscode.Uri } {
  const folder = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file');
  return folder ? { defaultUri: folder.uri } : {};
}

function uploadIds(nodes: readonly HubNode[]): string[] {
  return nodes.flatMap((node) => (node.kind === 'hubUpload' ? [node.id] : []));
}

async function confirmRemove(files: readonly SharedFile[]): Promise<boolean> {
  const yes = t('Remove from Hub');
  const detail = removalText(files.length, t);
  const question = t('Remove {what} from the hub?', { what: whatOfFiles(files) });
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, yes)) === yes;
}
