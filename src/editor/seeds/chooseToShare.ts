import * as vscode from 'vscode';
import { localize as t } from '../localize.ts';

/** What to share: what the command was called on in the Explorer, else what the user picks in a dialog. Paths, maybe none. */
export async function chooseToShare(args: readonly unknown[], kind: 'folder' | 'file'): Promise<readonly string[]> {
  const given = urisOf(args);
  if (given.length > 0) {
    const local = given.filter(({ scheme }) => scheme === 'file');
    if (local.length === 0) {
      void vscode.window.showInformationMessage(t('Only what lies on the disk of this machine can be shared.'));
    }
    return local.map(({ fsPath }) => fsPath);
  }
  const start = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file')?.uri;
  const picked = await vscode.window.showOpenDialog({
    canSelectFiles: kind === 'file',
    canSelectFolders: kind === 'folder',
    canSelectMany: kind === 'file',
    ...(start ? { defaultUri: start } : {}),
    title: kind === 'folder' ? t('Choose a Folder to Share') : t('Choose Files to Share'),
    openLabel: t('Share'),
  });
  return (picked ?? []).map(({ fsPath }) => fsPath);
}

/** The Explorer gives what was clicked, and all that is selected with it. */
function urisOf(args: readonly unknown[]): vscode.Uri[] {
  const [clicked, selection] = args;
  const selected = Array.isArray(selection) ? selection.filter((item) => item instanceof vscode.Uri) : [];
  if (selected.length > 0) return selected;
  return clicked instanceof vscode.Uri ? [clicked] : [];
}
