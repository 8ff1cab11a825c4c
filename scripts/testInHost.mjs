// Runs dist/test/index.js inside a real VS Code's extension host; exit code 1 when a test failed.
//   node scripts/testInHost.mjs                        in the web VS Code, through a headless Chromium
//   node scripts/testInHost.mjs --desktop <executable> in the desktop VS Code
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './projectNode.mjs';

const folder = mkdtempSync(join(tmpdir(), 'tributary-in-host-'));
const workspace = join(folder, 'workspace');
mkdirSync(workspace);
const tests = join(root, 'dist', 'test', 'index.js');
// The engine would announce itself to the command line of whoever runs the tests.
process.env.XDG_DATA_HOME = join(folder, 'data');

const extension = join(folder, 'extension');
layOutExtension();

try {
  const desktop = process.argv.indexOf('--desktop');
  process.exitCode = desktop > 0 ? await runInDesktop(process.argv[desktop + 1]) : await runInWeb();
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** The project's own files, but with a main file that measures the real one. */
function layOutExtension() {
  mkdirSync(extension);
  for (const name of readdirSync(root)) {
    if (name !== 'package.json') symlinkSync(join(root, name), join(extension, name), 'junction');
  }
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  writeFileSync(join(extension, 'package.json'), JSON.stringify({ ...manifest, main: './measuredMain.cjs' }));
  copyFileSync(join(root, 'test', 'editor', 'inHost', 'measuredMain.cjs'), join(extension, 'measuredMain.cjs'));
}

async function runInDesktop(vscodeExecutablePath) {
  const { runTests } = await import('@vscode/test-electron');
  const launchArgs = [workspace, '--user-data-dir', join(folder, 'user'), '--disable-extensions', '--skip-welcome'];
  launchArgs.push('--skip-release-notes', '--disable-workspace-trust', '--disable-gpu');
  const options = { vscodeExecutablePath, extensionDevelopmentPath: extension, extensionTestsPath: tests, launchArgs };
  const { endEngine } = await import('../test/support/vscodeWeb.ts');
  try {
    return await runTests(options).catch((error) => error.code ?? 1);
  } finally {
    await endEngine(join(folder, 'user', 'User', 'globalStorage', 'tributary.tributary'));
  }
}

async function runInWeb() {
  const { Scope } = await import('../test/support/scope.ts');
  const { startBrowser } = await import('../test/support/browser.ts');
  const { startVscodeWeb } = await import('../test/support/vscodeWeb.ts');
  const scope = new Scope();
  try {
    const vscode = await startVscodeWeb(scope, { dataFolder: join(folder, 'vscode'), runsTests: true });
    const browser = await startBrowser(scope);
    const page = await browser.newPage();
    // VS Code's own messages come this way too; only what the tests report is shown.
    await page.exposeFunction('codeAutomationLog', (_type, [text]) => {
      if (String(text).startsWith('│')) console.log(text);
    });
    const exitCode = new Promise((resolve) => {
      page.exposeFunction('codeAutomationExit', resolve);
      page.once('crash', () => resolve(1));
    });
    const payload = [
      ['extensionDevelopmentPath', vscode.remoteUri(extension)],
      ['extensionTestsPath', vscode.remoteUri(tests)],
      ['skipWelcome', 'true'],
    ];
    await page.goto(vscode.address(workspace, payload));
    return await exitCode;
  } finally {
    await scope.close();
  }
}
