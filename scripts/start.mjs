// npm start            a sample server with a big, slow file, and VS Code with the extension to download it with
// npm start -- <link>  downloads that link into the current folder with the command line
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cacheFolder.mjs';
import { handOver, projectNode, root, underProjectNode } from './projectNode.mjs';
import { onStopRequest } from './stopRequests.mjs';
import { findProgram } from './systemPrograms.mjs';
import { node } from './tool.mjs';
import { makeVsix } from './vsix.mjs';
import { webVscode } from './webVscode.mjs';

try {
  await underProjectNode();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
const { ok } = await node(['esbuild.js', '--production'], { deadlineMs: 120_000, quiet: true });
if (!ok) process.exit(1);

const args = process.argv.slice(2);
if (args.length > 0) {
  const cwd = process.env.INIT_CWD ?? process.cwd();
  process.exit(await handOver(projectNode, [join(root, 'dist', 'cli.js'), 'get', ...args], { cwd }));
}

const { Scope } = await import('../test/support/scope.ts');
const scope = new Scope();
onStopRequest(async () => {
  await scope.close();
  process.exit(0);
});

try {
  const { startSampleServer } = await import('./sampleServer.mjs');
  const sample = await startSampleServer(scope);
  const workspace = sampleWorkspace(sample);
  await openVscode(workspace);
  console.log(`
Sample file:  ${sample.link}
  SHA-256     ${sample.sha256}

Run "Download File" from the Command Palette (F1) and paste the link. Ctrl-C here ends everything.`);
} catch (error) {
  console.error(error.message);
  await scope.close();
  process.exit(1);
}

/** A folder to download into, with the link at hand. */
function sampleWorkspace({ link, sha256 }) {
  const folder = join(root, 'out', 'workspace');
  mkdirSync(folder, { recursive: true });
  const text = `# Try Tributary

1. Press F1 and run **Download File**.
2. Paste this link:

       ${link}

3. Press Enter twice, and look at the Tributary view in the activity bar.

The file's SHA-256 is \`${sha256}\`.
`;
  writeFileSync(join(folder, 'README.md'), text);
  return folder;
}

async function openVscode(workspace) {
  const hasDisplay = process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
  const desktop = findProgram('code', 'code.cmd');
  if (desktop && hasDisplay) {
    const code = ['--new-window', `--extensionDevelopmentPath=${root}`, workspace];
    spawn(desktop, code, { stdio: 'ignore', shell: process.platform === 'win32' }).unref();
    console.log('VS Code opens in a new window.');
    return;
  }
  const serverFolder = await webVscode();
  const { startVscodeWeb } = await import('../test/support/vscodeWeb.ts');
  const vsix = join(root, 'out', 'tributary-start.vsix');
  await makeVsix(vsix, { quiet: true });
  const dataFolder = join(cacheFolder(), 'start');
  const vscode = await startVscodeWeb(scope, { serverFolder, dataFolder, vsix });
  const address = vscode.address(workspace);
  console.log(`\nVS Code:      ${address}`);
  const opener = process.platform === 'darwin' ? 'open' : findProgram('xdg-open');
  if (hasDisplay && opener) spawn(opener, [address], { stdio: 'ignore', detached: true }).unref();
}
