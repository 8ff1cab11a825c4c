import * as vscode from 'vscode';

/** Whether the engine has any download on its list; asked of the disk, so that no engine is started for nothing. */
export async function hasUnfinishedBusiness(stateFolder: vscode.Uri): Promise<boolean> {
  try {
    return (await vscode.workspace.fs.readDirectory(vscode.Uri.joinPath(stateFolder, 'tasks'))).length > 0;
  } catch {
    // No such folder: nothing was ever downloaded.
    return false;
  }
}
