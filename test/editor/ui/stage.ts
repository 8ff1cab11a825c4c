import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { startBrowser } from '../../support/browser.ts';
import type { Content } from '../../support/content.ts';
import type { Scope } from '../../support/scope.ts';
import type { Nginx } from '../../support/servers/nginx.ts';
import { startNginx } from '../../support/servers/nginx.ts';
import { tempFolder } from '../../support/tempFolder.ts';
import type { VscodeWeb } from '../../support/vscodeWeb.ts';
import { startVscodeWeb } from '../../support/vscodeWeb.ts';
import { VscodeWindow } from '../../support/vscodeWebWindow.ts';
import { withoutProxies } from '../../support/withoutProxies.ts';
import type { CountingRelay } from './countingRelay.ts';
import { startCountingRelay } from './countingRelay.ts';

const WRITE_BYTES = 4 << 20;

/** All that a test of the user interface plays on: nothing in it is imitated. */
export interface Stage {
  readonly nginx: Nginx;
  /** In front of nginx; links lead here. */
  readonly relay: CountingRelay;
  readonly vscode: VscodeWeb;
  readonly browser: Browser;
  /** The folder that VS Code has open. */
  readonly workspace: string;
  /** Puts a file on the server. */
  serve(name: string, content: Content): string;
  openWindow(): Promise<VscodeWindow>;
}

/** nginx, and VS Code with a fresh profile into which the packaged extension was installed. */
export async function setStage(
  scope: Scope,
  options: { readonly bytesPerSecondPerConnection: number; readonly settings?: Readonly<Record<string, unknown>> },
): Promise<Stage> {
  const vsix = process.env.TRIBUTARY_VSIX;
  if (vsix === undefined) throw new Error('TRIBUTARY_VSIX is not set; run these tests by `npm test`.');
  const home = tempFolder(scope);
  const workspace = join(home, 'workspace');
  mkdirSync(workspace);
  const nginx = await startNginx(scope, options);
  const relay = await startCountingRelay(scope, Number(new URL(nginx.origin).port));
  const vscode = await startVscodeWeb(scope, {
    dataFolder: join(home, 'vscode'),
    vsix,
    settings: { 'workbench.colorTheme': 'Default Dark Modern', ...options.settings },
    // The engine would announce itself to the command line of whoever runs the tests.
    env: { ...withoutProxies({ ...process.env }), XDG_DATA_HOME: join(home, 'data') },
  });
  const browser = await startBrowser(scope);
  return {
    nginx,
    relay,
    vscode,
    browser,
    workspace,
    serve: (name, content) => {
      writeContent(join(nginx.folder, name), content);
      return `${relay.origin}/${name}`;
    },
    openWindow: () => VscodeWindow.open(scope, browser, vscode.address(workspace)),
  };
}

function writeContent(path: string, content: Content): void {
  const file = openSync(path, 'w');
  for (let offset = 0; offset < content.sizeBytes; offset += WRITE_BYTES) {
    writeSync(file, content.slice(offset, offset + WRITE_BYTES));
  }
  closeSync(file);
}
