import * as vscode from 'vscode';
import { sharesOverIpfs, sharesWithSeeds } from './seeds/keptSharing.ts';

/** Whether the engine has any download on its list, or shares something with others; asked of the disk, so that no engine is started for nothing. */
export async function hasUnfinishedBusiness(stateFolder: vscode.Uri): Promise<boolean> {
  return (await hasTasks(stateFolder)) || (await isInHub(stateFolder)) || (await isSharing(stateFolder));
}

/** Others count on what is shared. */
async function isSharing(stateFolder: vscode.Uri): Promise<boolean> {
  const read = async (...path: string[]) => vscode.workspace.fs.readFile(vscode.Uri.joinPath(stateFolder, ...path));
  // No such file: nothing was ever shared.
  const withSeeds = await read('shares.json').then(sharesWithSeeds, () => false);
  return withSeeds || read('ipfs', 'sharing.json').then(sharesOverIpfs, () => false);
}

/** What was joined is followed without anybody asking, or nobody would hear of new files. */
async function isInHub(stateFolder: vscode.Uri): Promise<boolean> {
  try {
    const bytes = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(stateFolder, 'hubs.json'));
    const { own, joined } = JSON.parse(new TextDecoder().decode(bytes));
    return own !== null || joined.length > 0;
  } catch {
    // No such file: no hub was ever joined.
    return false;
  }
}

async function hasTasks(stateFolder: vscode.Uri): Promise<boolean> {
  try {
    return (await vscode.workspace.fs.readDirectory(vscode.Uri.joinPath(stateFolder, 'tasks'))).length > 0;
  } catch {
    // No such folder: nothing was ever downloaded.
    return false;
  }
}
