import * as vscode from 'vscode';
import { COMMANDS } from '../../../src/editor/contributions.ts';
import { waitFor } from '../../support/waitFor.ts';

/** Runs Download File with a link and a folder, and accepts the input box as a user would with Enter. */
export async function downloadThroughCommand(address: string, folder: string): Promise<void> {
  let done = false;
  const command = vscode.commands.executeCommand(COMMANDS.downloadFile, { address, folder }).then(() => {
    done = true;
  });
  await waitFor('the command to take the link', async () => {
    await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
    return done;
  });
  await command;
}
