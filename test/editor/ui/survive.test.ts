import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Content } from '../../support/content.ts';
import { freePort } from '../../support/freePort.ts';
import { Scope } from '../../support/scope.ts';
import { startHttpServer } from '../../support/servers/httpServer.ts';
import { serveFile } from '../../support/servers/serveFile.ts';
import { sha256OfFile } from '../../support/sha256OfFile.ts';
import { enginePid } from '../../support/vscodeWeb.ts';
import { joinEngine } from '../../support/vscodeWebEngine.ts';
import type { VscodeWindow } from '../../support/vscodeWebWindow.ts';
import { waitFor } from '../../support/waitFor.ts';
import { answers, bodyBytes } from './accessLog.ts';
import type { Stage } from './stage.ts';
import { setStage } from './stage.ts';

describe('a download under way', function () {
  this.timeout(120_000);
  const scope = new Scope();
  let stage: Stage;
  let window: VscodeWindow;
  after(() => scope.close());

  before(async () => {
    stage = await setStage(scope, { bytesPerSecondPerConnection: 500_000 });
    window = await stage.openWindow();
    await window.showDownloads();
  });

  /** Adds a download through the user interface and waits until it moves. */
  async function begin(name: string, content: Content): Promise<string> {
    const link = stage.serve(name, content);
    await window.runCommand('Tributary: Download File');
    await window.quickInput.locator('input.input').fill(link);
    await window.page.keyboard.press('Enter');
    await window.quickInput.locator('[role="option"]', { hasText: 'workspace' }).first().waitFor();
    await window.page.keyboard.press('Enter');
    await window
      .row(name)
      .filter({ hasText: /[1-9]\d* % ·/ })
      .waitFor();
    return join(stage.workspace, name);
  }

  async function finished(target: string, content: Content): Promise<void> {
    await waitFor('the file', () => existsSync(target), 90_000);
    assert.equal(await sha256OfFile(target), content.sha256);
  }

  it('is not interrupted by reloading the window', async () => {
    const content = new Content(100_000_000, 2);
    const target = await begin('reload.bin', content);
    const pid = enginePid(stage.vscode.stateFolder);
    const { bytes } = stage.relay;
    stage.relay.holdAfter(content.sizeBytes / 3);
    await window.reload();
    // Nobody has asked the engine yet.
    const isEmpty = window.view.getByText('Nothing is being downloaded');
    assert.equal(await isEmpty.isVisible(), false, 'the view told of an empty list before it knew');
    await window.showDownloads();
    await window.row('reload.bin').filter({ hasText: '%' }).waitFor();
    assert.equal(enginePid(stage.vscode.stateFolder), pid, 'the engine was replaced');
    assert.ok(stage.relay.bytes > bytes, 'nothing arrived during the reload');
    stage.relay.release();
    await window.screenshot('after-reload');
    await finished(target, content);
    const probes = answers(stage.nginx).filter(({ path, range }) => path === '/reload.bin' && startsAtZero(range));
    assert.equal(probes.length, 1, `asked from the beginning: ${JSON.stringify(probes)}`);
    assert.ok(bodyBytes(stage.nginx) <= content.sizeBytes * 1.1, `${bodyBytes(stage.nginx)} bytes were fetched`);
  });

  it('is shown alike by two windows', async () => {
    const content = new Content(100_000_000, 3);
    const target = await begin('two-windows.bin', content);
    stage.relay.holdAfter(content.sizeBytes / 3);
    const second = await stage.openWindow();
    await second.showDownloads();
    await second.row('two-windows.bin').filter({ hasText: '%' }).waitFor();
    const names = async (shown: VscodeWindow) =>
      (await shown.view.locator('[role="treeitem"] .label-name').allTextContents()).join('\n');
    await waitFor('both lists to be the same', async () => (await names(window)) === (await names(second)));
    await second.clickRowAction('two-windows.bin', 'Pause');
    stage.relay.release();
    await window.row('two-windows.bin').filter({ hasText: 'of 100 MB' }).waitFor();
    await second.screenshot('second-window');
    await window.clickRowAction('two-windows.bin', 'Resume');
    await finished(target, content);
    await second.view.locator('[role="treeitem"]', { hasText: 'two-windows.bin' }).waitFor();
    await second.page.context().close();
  });

  it('survives kill -9 of the engine', async () => {
    const content = new Content(100_000_000, 4);
    const target = await begin('killed.bin', content);
    const pid = enginePid(stage.vscode.stateFolder);
    assert.ok(pid !== null);
    process.kill(pid, 'SIGKILL');
    await waitFor('another engine', () => {
      const now = enginePid(stage.vscode.stateFolder);
      return now !== null && now !== pid;
    });
    await window.row('killed.bin').filter({ hasText: '%' }).waitFor();
    await window.screenshot('after-kill');
    await finished(target, content);
    await window.row('killed.bin').filter({ hasText: '100 MB' }).waitFor();
    // One crash is nothing that a user has to be told of.
    assert.equal(await window.page.locator('.notification-toast').count(), 0);
  });

  it('shows what failed and why, and Retry downloads it', async () => {
    const content = new Content(1_000_000, 5);
    const engine = await joinEngine(scope, stage.vscode.stateFolder, stage.workspace);
    const id = await engine.add(`${stage.relay.origin}/later.bin`);
    await engine.failed(id);
    await window.row('later.bin').filter({ hasText: 'HTTP 404' }).waitFor();
    await window.screenshot('failed');
    // The panel comes into view, and the keyboard stays with the line.
    await window.row('later.bin').click();
    await window.panel.getByText('later.bin').waitFor();
    assert.ok(
      await window.row('later.bin').evaluate((row) => row.closest('.monaco-list')?.contains(document.activeElement)),
    );
    stage.serve('later.bin', content);
    await window.clickRowAction('later.bin', 'Retry');
    await finished(join(stage.workspace, 'later.bin'), content);
  });

  it('goes on by itself when its server is there again', async () => {
    const content = new Content(1_000_000, 6);
    const engine = await joinEngine(scope, stage.vscode.stateFolder, stage.workspace);
    const port = await freePort();
    const slow = serveFile({ content, body: () => ({ bytesPerSecond: 1_000 }) });
    const server = await startHttpServer(scope, { '/away.bin': slow }, { port });
    await window.runCommand('Tributary: Show Panel');
    const id = await engine.add(`http://127.0.0.1:${port}/away.bin`);
    await engine.received(id, 1);
    await server.close();
    // While the first attempts last the picture warns, as the sentence does.
    const waiting = window.panel.locator('tributary-row[data-state="active"]', { hasText: 'refused' });
    const colors = await waiting.evaluate((row) =>
      ['.state', '.problem'].map((part) => getComputedStyle(row.shadowRoot?.querySelector(part) as Element).color),
    );
    assert.equal(colors[0], colors[1]);
    assert.equal((await engine.failed(id, 60_000)).code, 'connection-refused');
    await window
      .row('away.bin')
      .filter({ hasText: /waiting to try again · .* refused/ })
      .waitFor();
    await window.page.locator('.notification-toast', { hasText: 'It is tried again by itself.' }).waitFor();
    await window.screenshot('waiting-to-try-again');
    await startHttpServer(scope, { '/away.bin': serveFile({ content }) }, { port });
    await finished(join(stage.workspace, 'away.bin'), content);
    await window.row('away.bin').filter({ hasText: '1.0 MB' }).waitFor();
  });
});

function startsAtZero(range: string | null): boolean {
  return range === null || range.startsWith('bytes=0-');
}
