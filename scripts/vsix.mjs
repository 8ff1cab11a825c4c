import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectNode, root } from './projectNode.mjs';
import { tool } from './tool.mjs';

const BUDGET_BYTES = 2_000_000;

/** All that may be in the package, and what has to be. */
const ALLOWED = [
  /^package\.json$/,
  /^package\.nls(\.[\w-]+)?\.json$/,
  /^l10n\/bundle\.l10n(\.[\w-]+)?\.json$/,
  /^media\/(readme\/)?[\w.-]+\.(png|svg)$/,
  /^dist\/[\w-]+\.(js|css)$/,
  /^(README\.md|CHANGELOG\.md|LICENSE)$/i,
];
const NEEDED = [
  'package.json',
  'dist/extension.js',
  'dist/engineConnection.js',
  'dist/engine.js',
  'dist/hashWorker.js',
  'dist/panel.js',
  'LICENSE',
];

/**
 * Packs what the build left in dist/ into an installable extension.
 * @param {string} file where to
 * @param {{ quiet?: boolean }} options `quiet`: vsce's own output is shown only when it fails
 */
export async function makeVsix(file, { quiet = false } = {}) {
  const { ok, reason } = await tool(
    '@vscode/vsce',
    // There is no public repository yet, to which links in the README could be made to point.
    ['package', '--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links', '--out', file],
    { command: 'vsce', deadlineMs: 120_000, quiet },
  );
  if (!ok) throw new Error(`vsce package failed: ${reason}`);

  const vsce = join(root, 'node_modules', '@vscode', 'vsce', 'vsce');
  const { stdout } = await promisify(execFile)(projectNode, [vsce, 'ls', '--no-dependencies'], { cwd: root });
  const files = stdout.trim().split(/\r?\n/);
  const foreign = files.filter((name) => !ALLOWED.some((pattern) => pattern.test(name)));
  if (foreign.length > 0) throw new Error(`These do not belong into the package: ${foreign.join(', ')}`);
  const lacking = NEEDED.filter((name) => !files.includes(name));
  if (lacking.length > 0) throw new Error(`The package lacks ${lacking.join(', ')}`);
  const { size } = statSync(file);
  if (size >= BUDGET_BYTES) throw new Error(`${file} has ${size} bytes, its budget is ${BUDGET_BYTES}.`);
}
