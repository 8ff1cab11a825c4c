// npm test: everything that is checked, in the order in which failures are cheap to find.
// The last line is `N passed, N failed`; a step that fails as a whole (build, lint ...) counts as one failure.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { desktopVscode } from './desktopVscode.mjs';
import { projectNode, QUIET_TYPES, root, underProjectNode } from './projectNode.mjs';
import { endChildrenOnStop, runChild } from './runChild.mjs';
import { systemPrograms } from './systemPrograms.mjs';
import { node, tool } from './tool.mjs';
import { makeVsix } from './vsix.mjs';
import { webVscode } from './webVscode.mjs';

const MINUTE_MS = 60_000;

try {
  await underProjectNode();
} catch (error) {
  console.error(error.message);
  console.log('\nFailed: Packages\n0 passed, 1 failed');
  process.exit(1);
}
endChildrenOnStop();

const temporary = mkdtempSync(join(tmpdir(), 'tributary-run-'));
const total = { passed: 0, failed: 0, skipped: 0 };
const failedSteps = [];
let runs = 0;
const vsix = join(root, 'out', 'tributary-under-test.vsix');
mkdirSync(join(root, 'out'), { recursive: true });

const programs = await step('Programs', () => systemPrograms(['chromium', 'nginx', 'openssl']));
if (programs) {
  const built = await step('Build', () => must(node(['esbuild.js', '--production', '--tests'], within(2))));
  await step('Types', () => must(tool('typescript', ['--noEmit'], { command: 'tsc', ...within(3) })));
  await step('Lint', () =>
    must(tool('@biomejs/biome', ['check', '--error-on-warnings'], { command: 'biome', ...within(1) })),
  );
  await mocha('Unit, loopback and architecture tests', 14, [
    // Most of them wait for servers and timers: side by side they take half the time.
    ...['--parallel', '--jobs', '3'],
    'test/unit/**/*.test.ts',
    'test/loopback/**/*.test.ts',
    'test/architecture.test.ts',
  ]);
  const packed = built && (await step('Package', () => makeVsix(vsix)));
  const server = await step('VS Code', () => webVscode());
  if (built && packed && server) await testInVscode(server);
  else console.log('The tests inside VS Code were not run, since what they need is missing.');
}
summarize();

async function testInVscode(server) {
  const env = { TRIBUTARY_VSCODE_WEB: server, TRIBUTARY_CHROMIUM: programs.chromium, TRIBUTARY_VSIX: vsix };
  const desktop = await desktopVscode();
  const inDesktop = desktop.executable !== undefined;
  const where = inDesktop ? 'the desktop VS Code' : `the web VS Code, since ${desktop.reason}`;
  await counted(`Extension tests inside ${where}`, async (countsEnv) => {
    const options = { env: { ...process.env, ...env, ...countsEnv }, cwd: root, ...within(4) };
    const script = join('scripts', 'testInHost.mjs');
    if (inDesktop) {
      const args = [QUIET_TYPES, script, '--desktop', desktop.executable];
      const result = desktop.display
        ? await runChild(desktop.display, ['-a', projectNode, ...args], options)
        : await runChild(projectNode, args, options);
      if (existsSync(countsEnv.TRIBUTARY_COUNTS)) return result;
      console.log(`The desktop VS Code ran no test (${result.reason}); now inside the web VS Code.`);
    }
    return node([script], options);
  });
  await mocha('User interface tests (Playwright)', 12, ['test/editor/ui/**/*.test.ts'], env);
}

function within(minutes) {
  return { deadlineMs: minutes * MINUTE_MS };
}

/** Runs a step; what it throws is one failure, named at the end. */
async function step(name, run) {
  console.log(`\n── ${name}`);
  try {
    return (await run()) ?? true;
  } catch (error) {
    console.error(error.message);
    failedSteps.push(name);
    total.failed++;
    return undefined;
  }
}

async function must(result) {
  const { ok, reason } = await result;
  if (!ok) throw new Error(`Failed: ${reason}`);
}

function mocha(name, minutes, files, env = {}) {
  const reporter = join(root, 'scripts', 'countingReporter.cjs');
  const args = ['--forbid-only', '--reporter', reporter, ...files];
  return counted(name, (countsEnv) => tool('mocha', args, { env: { ...env, ...countsEnv }, ...within(minutes) }));
}

/** A step whose tests report themselves; it fails as a whole when it was not done in time, or without a failed test. */
async function counted(name, run) {
  const counts = join(temporary, `${++runs}.txt`);
  await step(name, async () => {
    const { ok, reason, timedOut } = await run({ TRIBUTARY_COUNTS: counts });
    const outcomes = existsSync(counts) ? readFileSync(counts, 'utf8').trim().split('\n') : [];
    for (const outcome of outcomes) total[outcome]++;
    if (!ok && (timedOut || !outcomes.includes('failed'))) throw new Error(`Failed: ${reason}`);
    if (!ok) failedSteps.push(name);
    else if (outcomes.length === 0) throw new Error('Failed: no test was run');
  });
}

function summarize() {
  rmSync(temporary, { recursive: true, force: true });
  console.log('');
  if (failedSteps.length > 0) console.log(`Failed: ${failedSteps.join('; ')}`);
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
  console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
  process.exitCode = total.failed > 0 ? 1 : 0;
}
