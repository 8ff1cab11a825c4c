import * as vscode from 'vscode';

/** Shows settings of scope `machine`, which stand elsewhere than the user's when the window is on a remote one. */
export async function openMachineSettings(query: string): Promise<void> {
  const remote = vscode.env.remoteName !== undefined;
  const command = remote ? 'workbench.action.openRemoteSettings' : 'workbench.action.openSettings';
  await vscode.commands.executeCommand(command, { query });
}
