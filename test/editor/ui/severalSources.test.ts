import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TaskId } from '../../../src/contract/task.ts';
import { Content } from '../../support/content.ts';
import { Scope } from '../../support/scope.ts';
import { startHttpServer } from '../../support/servers/httpServer.ts';
import { serveFile } from '../../support/servers/serveFile.ts';
import { sha256OfFile } from '../../support/sha256OfFile.ts';
import type { TestEngine } from '../../support/testEngine.ts';
import { enginePid } from '../../support/vscodeWeb.ts';
import { joinEngine } from '../../support/vscodeWebEngine.ts';
import type { VscodeWindow } from '../../support/vscodeWebWindow.ts';
import { waitFor } from '../../support/waitFor.ts';
import { startExpiringLinks } from './expiringLinks.ts';
import type { Stage } from './stage.ts';
import { setStage } from './stage.ts';

/** Over nothing that would show a tooltip. */
const EMPTY_SPOT = { x: 800, y: 600 };
/** VS Code shows a tooltip after half a second, on a busy machine later. */
const TOOLTIP_MS = 2_000;
const TOOLTIP_DEADLINE_MS = 40_000;

describe('where a download comes from', function () {
  this.timeout(120_000);
  const scope = new Scope();
  let stage: Stage;
  let window: VscodeWindow;
  after(() => scope.close());

  before(async () => {
    stage = await setStage(scope, { bytesPerSecondPerConnection: 200_000 });
    window = await stage.openWindow();
    await window.showDownloads();
  });

  async function begin(link: string, name: string): Promise<{ engine: TestEngine; id: TaskId }> {
    await window.runCommand('Tributary: Download File');
    await window.quickInput.locator('input.input').fill(link);
    await window.page.keyboard.press('Enter');
    await window.quickInput.locator('[role="option"]', { hasText: 'workspace' }).first().waitFor();
    await window.page.keyboard.press('Enter');
    await window.row(name).filter({ hasText: '%' }).waitFor();
    const engine = await joinEngine(scope, stage.vscode.stateFolder, stage.workspace);
    const task = [...engine.tasks.values()].find((candidate) => candidate.name === name);
    assert.ok(task !== undefined);
    return { engine, id: task.id };
  }

  it('is told by tooltip and panel, with the reason why a mirror is not used', async () => {
    const content = new Content(200_000_000, 51);
    const { engine, id } = await begin(stage.serve('model.gguf', content), 'model.gguf');
    const other = await startHttpServer(scope, { '/model.gguf': serveFile({ content: new Content(1000, 52) }) });
    const good = await startHttpServer(scope, {
      '/model.gguf': serveFile({ content, body: () => ({ bytesPerSecond: 400_000 }) }),
    });
    for (const { origin } of [good, other]) {
      await window.chooseFromMenu('model.gguf', 'Add Mirror');
      await window.quickInput.locator('.quick-input-title', { hasText: 'Add Mirror to model.gguf' }).waitFor();
      await window.quickInput.locator('input.input').fill(`${origin}/model.gguf?key=s3cret`);
      if (origin === good.origin) await window.screenshot('add-mirror');
      await window.page.keyboard.press('Enter');
      await window.page.getByText('Mirror added').first().waitFor();
    }
    await waitFor('bytes of the mirror', () => good.log.bytesSent > 500_000);
    await engine.until(id, 'to know why', ({ sources }) => sources.some(({ error }) => error?.code === 'mirror-unfit'));

    await window.page.mouse.move(EMPTY_SPOT.x, EMPTY_SPOT.y);
    const hover = window.page.locator('.monaco-hover', { hasText: 'Not used' });
    await waitFor(
      'the tooltip',
      async () => {
        // Drawing the line anew drops a tooltip that has not appeared yet; a hand on a mouse is never that still.
        for (const part of ['.label-name', '.label-description']) {
          await window.row('model.gguf').locator(part).hover();
          const shown = hover.waitFor({ timeout: TOOLTIP_MS }).then(() => true);
          if (await shown.catch(() => false)) return true;
        }
        return false;
      },
      TOOLTIP_DEADLINE_MS,
    );
    const told = ((await hover.textContent()) ?? '').replaceAll('\u00a0', ' ');
    assert.match(told, /is not used as a mirror: its file has another size\./);
    assert.ok(!told.includes('s3cret'));
    await window.screenshot('sources-tooltip');
    await window.page.mouse.move(EMPTY_SPOT.x, EMPTY_SPOT.y);

    await window.runCommand('Tributary: Show Panel');
    const sources = window.panel.getByRole('list', { name: 'Sources' });
    await sources.getByText('its file has another size').waitFor();
    assert.equal(await sources.getByRole('listitem').count(), 3);
    await window.screenshot('sources-panel');
    await engine.request('cancel', { id });
  });

  it('can be replaced when the link has expired, and nothing that arrived is fetched again', async () => {
    const content = new Content(40_000_000, 53);
    const server = await startExpiringLinks(scope, '/signed.iso', content);
    await window.runCommand('Tributary: Show Panel');
    const { engine, id } = await begin(server.link('old'), 'signed.iso');
    await engine.received(id, 10_000_000);
    server.expire('old');
    const toast = window.page.locator('.notification-toast', { hasText: 'no longer accepts the link' });
    await toast.waitFor();
    await window.row('signed.iso').filter({ hasText: 'no longer accepts the link' }).waitFor();
    const replaceInPanel = window.panel.getByRole('button', { name: 'Replace Link…: signed.iso' });
    await replaceInPanel.waitFor();
    await window.row('signed.iso').hover();
    await window.row('signed.iso').locator('.action-label[aria-label^="Replace Link"]').waitFor();
    await window.screenshot('link-expired');
    const { receivedBytes } = await engine.until(id, 'to be paused', ({ status }) => status.state === 'paused');

    await toast.getByRole('button', { name: 'Replace Link…' }).click();
    const input = window.quickInput.locator('input.input');
    await window.quickInput.locator('.quick-input-title', { hasText: 'Replace Link of signed.iso' }).waitFor();
    await input.fill(`${server.link('new')} ${server.link('new')}`);
    await window.page.keyboard.press('Enter');
    await window.quickInput.locator('.quick-input-message', { hasText: 'one link and nothing else' }).waitFor();
    const before = server.bytesSent;
    await input.fill(server.link('new'));
    await window.screenshot('replace-link');
    await window.page.keyboard.press('Enter');
    await replaceInPanel.waitFor({ state: 'detached' });
    await engine.received(id, receivedBytes + 5_000_000);

    // The next engine gets the new link from the editor, and not the old one.
    const pid = enginePid(stage.vscode.stateFolder);
    assert.ok(pid !== null);
    const askedOld = server.requestsOf('old');
    process.kill(pid, 'SIGKILL');
    const target = join(stage.workspace, 'signed.iso');
    await waitFor('the file', () => existsSync(target), 60_000);
    assert.equal(await sha256OfFile(target), content.sha256);
    assert.equal(server.requestsOf('old'), askedOld);
    const missing = content.sizeBytes - receivedBytes;
    assert.ok(server.bytesSent - before < missing + 10_000_000, `${server.bytesSent - before} for ${missing} bytes`);
    await window.row('signed.iso').filter({ hasText: '40.0 MB' }).waitFor();
    await window.screenshot('link-replaced');
  });
});
