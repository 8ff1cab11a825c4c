import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import type { Scope } from '../../support/scope.ts';
import { tempFolder } from '../../support/tempFolder.ts';
import type { VscodeWeb } from '../../support/vscodeWeb.ts';
import { startVscodeWeb } from '../../support/vscodeWeb.ts';
import { VscodeWindow } from '../../support/vscodeWebWindow.ts';
import { withoutProxies } from '../../support/withoutProxies.ts';

/** Somebody with a VS Code of their own: another profile, another engine, another folder. */
export interface Profile {
  readonly vscode: VscodeWeb;
  readonly window: VscodeWindow;
  /** The folder that is open. */
  readonly workspace: string;
}

/** VS Code with a fresh profile into which the packaged extension was installed, and a window of it. */
export async function openProfile(
  scope: Scope,
  browser: Browser,
  settings: Readonly<Record<string, unknown>>,
): Promise<Profile> {
  const vsix = process.env.TRIBUTARY_VSIX;
  if (vsix === undefined) throw new Error('TRIBUTARY_VSIX is not set; run these tests by `npm test`.');
  const home = tempFolder(scope);
  const workspace = join(home, 'workspace');
  mkdirSync(workspace);
  const vscode = await startVscodeWeb(scope, {
    dataFolder: join(home, 'vscode'),
    vsix,
    settings: { 'workbench.colorTheme': 'Default Dark Modern', ...settings },
    // The engine would announce itself to the command line of whoever runs the tests.
    env: { ...withoutProxies({ ...process.env }), XDG_DATA_HOME: join(home, 'data') },
  });
  return { vscode, workspace, window: await VscodeWindow.open(scope, browser, vscode.address(workspace)) };
}
