import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Content } from '../../support/content.ts';
import { Scope } from '../../support/scope.ts';
import { sha256OfFile } from '../../support/sha256OfFile.ts';
import { joinEngine } from '../../support/vscodeWebEngine.ts';
import type { VscodeWindow } from '../../support/vscodeWebWindow.ts';
import { waitFor } from '../../support/waitFor.ts';
import { bodyBytes } from './accessLog.ts';
import type { Stage } from './stage.ts';
import { setStage } from './stage.ts';

const NAME = 'ubuntu-26.04.iso';
const MOST_STOP_MS = 1000;
/** Over nothing that would show a tooltip. */
const EMPTY_SPOT = { x: 800, y: 600 };

/** One download from the link to the finished file, as a user goes through it. The tests build on one another. */
describe('Download File in a fresh profile', function () {
  this.timeout(120_000);
  const scope = new Scope();
  const content = new Content(200_000_000);
  let stage: Stage;
  let window: VscodeWindow;
  let link: string;
  let broken = false;
  after(() => scope.close());
  afterEach(function () {
    broken ||= this.currentTest?.state === 'failed';
  });
  beforeEach(() => assert.ok(!broken, 'what this test builds on has failed'));

  before(async () => {
    stage = await setStage(scope, { bytesPerSecondPerConnection: 500_000 });
    link = stage.serve(NAME, content);
    window = await stage.openWindow();
  });

  it('says while typing what is wrong with a link', async () => {
    await window.showDownloads();
    await window.screenshot('welcome');
    await window.runCommand('Tributary: Download File');
    const input = window.quickInput.locator('input.input');
    await input.fill('ftp://example.org/file');
    await window.quickInput.locator('.quick-input-message', { hasText: 'ftp' }).waitFor();
    await window.screenshot('link-problem');
    await window.page.keyboard.press('Escape');
  });

  it('takes a link from the clipboard and the workspace folder with Enter, Enter', async () => {
    await window.page.evaluate((text) => navigator.clipboard.writeText(text), link);
    await window.runCommand('Tributary: Download File');
    const input = window.quickInput.locator('input.input');
    await waitFor('the link of the clipboard', async () => (await input.inputValue()) === link);
    await window.screenshot('link-from-clipboard');
    await window.page.keyboard.press('Enter');
    await window.quickInput.locator('[role="option"]', { hasText: 'workspace' }).first().waitFor();
    await window.screenshot('folder-choice');
    await window.page.keyboard.press('Enter');
    await window.row(NAME).waitFor();
  });

  it('shows percent, speed and time left in the sidebar, and the sum in the status bar', async () => {
    await window
      .row(NAME)
      .filter({ hasText: /\d+ % · [\d.]+ [kM]?B\/s · .+ left/ })
      .waitFor();
    await window.statusBarItem.filter({ hasText: /1 ↓ [\d.]+ [kM]?B\/s \d+ %/ }).waitFor();
    await window.screenshot('downloading');
  });

  it('shows the same in the panel', async () => {
    await window.statusBarItem.click();
    const progress = window.panel.getByRole('progressbar').first();
    await progress.waitFor();
    await waitFor('the bar to move', async () => Number(await progress.getAttribute('aria-valuenow')) > 0);
    await window.panel.getByText(NAME, { exact: true }).waitFor();
    await window.screenshot('panel');
  });

  it('stops the traffic within a second of Pause', async () => {
    const pausedAtMs = performance.now();
    await window.clickRowAction(NAME, 'Pause');
    await window.row(NAME).filter({ hasText: 'of 200 MB' }).waitFor();
    // Longer than a second, since nginx limits the speed by sending a burst every second.
    await waitFor('silence', () => performance.now() - stage.relay.lastByteAtMs > 3 * MOST_STOP_MS);
    const lastedMs = Math.max(0, stage.relay.lastByteAtMs - pausedAtMs);
    console.log(`      the last byte came ${lastedMs.toFixed(0)} ms after the click`);
    assert.ok(lastedMs <= MOST_STOP_MS, `traffic went on for ${lastedMs} ms`);
    await window.screenshot('paused');
  });

  it('fetches only what is missing after Resume, and completes with the right bytes', async () => {
    const held = stage.relay.bytes;
    await window.clickRowAction(NAME, 'Resume');
    await window
      .row(NAME)
      .filter({ hasText: /[3-9]\d % ·/ })
      .waitFor();
    await window.screenshot('overview');
    const target = join(stage.workspace, NAME);
    await waitFor('the file', () => existsSync(target), 90_000);
    assert.equal(statSync(target).size, content.sizeBytes);
    assert.equal(await sha256OfFile(target), content.sha256);
    assert.equal(existsSync(`${target}.part`) || existsSync(`${target}.part.json`), false);
    // What was on its way when Pause was clicked, and what two lanes raced for at the end, comes twice.
    const fetched = bodyBytes(stage.nginx);
    console.log(`      ${fetched} body bytes for ${content.sizeBytes}, ${held} of them before the pause`);
    assert.ok(fetched <= content.sizeBytes * 1.1, `${fetched} bytes were fetched`);
    await window.view.locator('[role="treeitem"]', { hasText: 'Completed' }).waitFor();
    await window.screenshot('completed');
  });

  it('hides the status bar item when nothing runs', async () => {
    await window.statusBarItem.waitFor({ state: 'hidden' });
  });

  it('copies the SHA-256 of the file', async () => {
    await window.chooseFromMenu(NAME, 'Copy SHA-256');
    // Reading the clipboard meanwhile would keep VS Code from writing to it.
    await window.page.getByText('SHA-256 copied').first().waitFor();
    const copied = await window.page.evaluate(() => navigator.clipboard.readText());
    assert.equal(copied, content.sha256);
  });

  it('shows downloads in all states side by side', async () => {
    const engine = await joinEngine(scope, stage.vscode.stateFolder, stage.workspace);
    const paused = await engine.add(stage.serve('films.zip', new Content(90_000_000, 2)));
    await engine.received(paused, 30_000_000);
    await engine.request('pause', { id: paused });
    await engine.failed(await engine.add(`${stage.relay.origin}/moved.tar.gz`));
    await engine.add(stage.serve('llama-3-8b.gguf', new Content(160_000_000, 3)));
    await engine.add(stage.serve('imagenet-val.tar', new Content(120_000_000, 4)));
    await window.page.locator('.notification-toast', { hasText: 'moved.tar.gz' }).waitFor();
    await window.screenshot('failure');
    await window.runCommand('Notifications: Clear All Notifications');
    await window.page.mouse.move(EMPTY_SPOT.x, EMPTY_SPOT.y);
    const far = window.row('imagenet-val.tar').filter({ hasText: /[4-9]\d % ·/ });
    await far.waitFor();
    for (const state of ['Active', 'Paused', 'Failed', 'Completed']) {
      await window.view.locator('[role="treeitem"]', { hasText: state }).waitFor();
    }
    await window.screenshot('overview');
    await engine.request('pauseAll', {});
  });
});
