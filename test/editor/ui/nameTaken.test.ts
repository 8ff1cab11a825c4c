import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Content } from '../../support/content.ts';
import { Scope } from '../../support/scope.ts';
import { sha256OfFile } from '../../support/sha256OfFile.ts';
import type { VscodeWindow } from '../../support/vscodeWebWindow.ts';
import { waitFor } from '../../support/waitFor.ts';
import type { Stage } from './stage.ts';
import { setStage } from './stage.ts';

describe('a download whose name is taken, with "ask" in the settings', function () {
  this.timeout(120_000);
  const scope = new Scope();
  let stage: Stage;
  let window: VscodeWindow;
  after(() => scope.close());

  before(async () => {
    const settings = { 'tributary.whenFileExists': 'ask' };
    stage = await setStage(scope, { bytesPerSecondPerConnection: 50_000_000, settings });
    window = await stage.openWindow();
    await window.showDownloads();
  });

  async function answer(name: string, content: Content, button: string): Promise<void> {
    writeFileSync(join(stage.workspace, name), 'mine');
    await window.runCommand('Tributary: Download File');
    await window.quickInput.locator('input.input').fill(stage.serve(name, content));
    await window.page.keyboard.press('Enter');
    await window.quickInput.locator('[role="option"]', { hasText: 'workspace' }).first().waitFor();
    await window.page.keyboard.press('Enter');
    const toast = window.page.locator('.notification-toast', { hasText: name });
    await toast.waitFor();
    await window.screenshot('name-taken');
    await toast.getByRole('button', { name: button }).click();
  }

  it('keeps both', async () => {
    const content = new Content(100_000, 61);
    await answer('both.bin', content, 'Keep Both');
    const target = join(stage.workspace, 'both (1).bin');
    await waitFor('the second file', () => existsSync(target));
    assert.equal(await sha256OfFile(target), content.sha256);
    assert.equal(readFileSync(join(stage.workspace, 'both.bin'), 'utf8'), 'mine');
  });

  it('replaces the old one', async () => {
    const content = new Content(100_000, 62);
    await answer('one.bin', content, 'Replace');
    const target = join(stage.workspace, 'one.bin');
    await waitFor('the new file', async () => (await sha256OfFile(target)) === content.sha256);
    assert.equal(existsSync(join(stage.workspace, 'one (1).bin')), false);
  });
});
