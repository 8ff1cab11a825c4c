import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import type { Scope } from '../../support/scope.ts';
import { tempFolder } from '../../support/tempFolder.ts';
import type { VscodeWeb } from '../../support/vscodeWeb.ts';
import { startVscodeWeb } from '../../support/vscodeWeb.ts';
import { VscodeWindow } from '../../support/vscodeWebWindow.ts';
import { withoutProxies } from '../../support/withoutProxies.ts';

/** One person with an editor of their own: nothing is shared with other profiles but the machine. */
export interface Profile {
  readonly vscode: VscodeWeb;
  readonly window: VscodeWindow;
  readonly workspace: string;
  /** Writes the machine's settings anew, as by hand. */
  setMachineSettings(settings: Readonly<Record<string, unknown>>): void;
}

/** @param files in the workspace: path to content */
export async function openProfile(
  scope: Scope,
  browser: Browser,
  options: {
    readonly machineSettings?: Readonly<Record<string, unknown>>;
    readonly files?: Readonly<Record<string, Uint8Array>>;
  } = {},
): Promise<Profile> {
  const vsix = process.env.TRIBUTARY_VSIX;
  if (vsix === undefined) throw new Error('TRIBUTARY_VSIX is not set; run these tests by `npm test`.');
  const home = tempFolder(scope);
  const workspace = join(home, 'workspace');
  mkdirSync(workspace);
  for (const [path, content] of Object.entries(options.files ?? {})) {
    mkdirSync(join(workspace, path, '..'), { recursive: true });
    writeFileSync(join(workspace, path), content);
  }
  const dataFolder = join(home, 'vscode');
  const vscode = await startVscodeWeb(scope, {
    dataFolder,
    vsix,
    settings: { 'workbench.colorTheme': 'Default Dark Modern' },
    machineSettings: options.machineSettings ?? {},
    // The engine would announce itself to the command line of whoever runs the tests.
    env: { ...withoutProxies({ ...process.env }), XDG_DATA_HOME: join(home, 'data') },
  });
  return {
    vscode,
    window: await VscodeWindow.open(scope, browser, vscode.address(workspace)),
    workspace,
    setMachineSettings: (settings) => {
      writeFileSync(join(dataFolder, 'user', 'Machine', 'settings.json'), JSON.stringify(settings, null, 2));
    },
  };
}
