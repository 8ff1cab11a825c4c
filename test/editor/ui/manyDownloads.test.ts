import assert from 'node:assert/strict';
import { Content } from '../../support/content.ts';
import { Scope } from '../../support/scope.ts';
import type { TestEngine } from '../../support/testEngine.ts';
import { joinEngine } from '../../support/vscodeWebEngine.ts';
import type { VscodeWindow } from '../../support/vscodeWebWindow.ts';
import { waitFor } from '../../support/waitFor.ts';
import type { Stage } from './stage.ts';
import { setStage } from './stage.ts';

const COUNT = 500;
const PARALLEL = 3;
/** Far more than a user would call quick, since the machine may be busy; what hangs takes longer. The times are printed. */
const RESPONSE_DEADLINE_MS = 10_000;

describe(`${COUNT} downloads in the queue`, function () {
  this.timeout(120_000);
  const scope = new Scope();
  let stage: Stage;
  let window: VscodeWindow;
  let engine: TestEngine;
  after(() => scope.close());

  before(async () => {
    stage = await setStage(scope, {
      bytesPerSecondPerConnection: 100_000,
      settings: { 'tributary.parallelDownloads': PARALLEL, 'tributary.connectionsPerDownload': 2 },
    });
    const link = stage.serve('big.bin', new Content(200_000_000));
    window = await stage.openWindow();
    await window.showDownloads();
    engine = await joinEngine(scope, stage.vscode.stateFolder, stage.workspace);
    for (let number = 1; number <= COUNT; number++) await engine.add(link, { fileName: nameOf(number) });
    await waitFor('all of them to be told', () => engine.tasks.size === COUNT);
    await window.row(nameOf(1)).filter({ hasText: '%' }).waitFor();
  });

  it('are told in messages whose size depends on what changes', async () => {
    const before = engine.changes.length;
    await waitFor('two seconds of changes', () => engine.changes.length >= before + 8);
    const later = engine.changes.slice(before);
    const most = Math.max(...later.map(({ change }) => change.tasks.length));
    assert.ok(most <= PARALLEL, `${most} of ${COUNT} tasks were sent though ${PARALLEL} run`);
  });

  it('leave the tree quick', async () => {
    const queued = window.view.locator('[role="treeitem"]', { hasText: 'Queued' });
    await queued.filter({ hasText: String(COUNT - PARALLEL) }).waitFor();
    await within('scrolling to the end of the tree', async () => {
      await window.runCommand('Focus on Downloads View');
      await window.page.keyboard.press('End');
      await window.row(nameOf(COUNT)).waitFor();
    });
    await window.screenshot('queue');
  });

  it('leave the panel quick', async () => {
    await window.runCommand('Tributary: Show Panel');
    const last = window.panel.getByText(nameOf(COUNT), { exact: true });
    await within('the panel with all of them', () => last.waitFor({ state: 'attached' }));
    await within('scrolling to the end of the panel', async () => {
      await last.scrollIntoViewIfNeeded();
      await last.waitFor();
    });
    await window.screenshot('panel-queue');
  });

  it('leave the palette quick', async () => {
    await within('the palette', async () => {
      await window.page.keyboard.press('F1');
      await window.quickInput.locator('input.input').fill('>Tributary: Pause');
      await window.quickInput.locator('[role="option"]', { hasText: 'Pause All' }).waitFor();
      await window.page.keyboard.press('Escape');
    });
  });

  it('can all be paused at once', async () => {
    await within('Pause All', async () => {
      await window.runCommand('Tributary: Pause All');
      await window.view
        .locator('[role="treeitem"]', { hasText: 'Paused' })
        .filter({ hasText: String(COUNT) })
        .waitFor();
    });
    await window.statusBarItem.waitFor({ state: 'hidden' });
  });
});

function nameOf(number: number): string {
  return `episode-${String(number).padStart(3, '0')}.mkv`;
}

/** Rejects when a response takes so long that the user interface cannot be called responsive. */
async function within(what: string, act: () => Promise<unknown>): Promise<void> {
  const start = performance.now();
  await act();
  const tookMs = performance.now() - start;
  console.log(`      ${what}: ${tookMs.toFixed(0)} ms`);
  assert.ok(tookMs <= RESPONSE_DEADLINE_MS, `${what} took ${tookMs.toFixed(0)} ms`);
}
