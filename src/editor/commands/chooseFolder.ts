import { homedir } from 'node:os';
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { SETTINGS } from '../contributions.ts';
import { localize as t } from '../localize.ts';
import { type FolderChoice, folderChoices } from '../targetFolder.ts';

const LAST_FOLDER_KEY = 'lastFolder';

interface FolderItem extends vscode.QuickPickItem {
  readonly choose: () => Promise<string | null> | string;
}

/** Asks where to put what is called `what`; the most likely folder is selected. Null when the user gives up. */
export async function chooseFolder(what: string, memory: vscode.Memento): Promise<string | null> {
  const lastUsed = memory.get<string>(LAST_FOLDER_KEY) ?? null;
  const choices = folderChoices({
    configured: vscode.workspace.getConfiguration().get(SETTINGS.downloadFolder),
    // A virtual workspace has no folder on this machine's disk.
    workspaceFolders: (vscode.workspace.workspaceFolders ?? [])
      .filter(({ uri }) => uri.scheme === 'file')
      .map(({ uri }) => uri.fsPath),
    lastUsed: lastUsed !== null && (await isFolder(lastUsed)) ? lastUsed : null,
    homeFolder: homedir(),
  });
  const items: FolderItem[] = choices.map((choice) => ({
    label: `$(${choice.reason === 'workspace' ? 'root-folder' : 'folder'}) ${basename(choice.folder) || choice.folder}`,
    description: reasonText(choice.reason),
    detail: choice.folder,
    choose: () => choice.folder,
  }));
  items.push({
    label: `$(folder-opened) ${t('Choose Another Folder…')}`,
    choose: () => pickInDialog(choices[0]?.folder ?? homedir()),
  });
  const picked = await vscode.window.showQuickPick(items, {
    title: t('Download {what}', { what }),
    placeHolder: t('Where should it go?'),
    matchOnDetail: true,
    ignoreFocusOut: true,
  });
  const folder = (await picked?.choose()) ?? null;
  if (folder !== null) await memory.update(LAST_FOLDER_KEY, folder);
  return folder;
}

function reasonText(reason: FolderChoice['reason']): string {
  switch (reason) {
    case 'configured':
      return t('from the settings');
    case 'workspace':
      return t('workspace folder');
    case 'last':
      return t('last used');
    case 'downloads':
      return t('your downloads');
  }
}

async function pickInDialog(startFolder: string): Promise<string | null> {
  const picked = await vscode.window.showOpenDialog({
    canSelectFiles: false,
    canSelectFolders: true,
    canSelectMany: false,
    defaultUri: vscode.Uri.file(startFolder),
    title: t('Choose a Folder'),
    openLabel: t('Download Here'),
  });
  return picked?.[0]?.fsPath ?? null;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await vscode.workspace.fs.stat(vscode.Uri.file(path))).type === vscode.FileType.Directory;
  } catch {
    return false;
  }
}
