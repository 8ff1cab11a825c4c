import assert from 'node:assert/strict';
import { Content } from '../../support/content.ts';
import { Scope } from '../../support/scope.ts';
import { joinEngine } from '../../support/vscodeWebEngine.ts';
import type { VscodeWindow } from '../../support/vscodeWebWindow.ts';
import { waitFor } from '../../support/waitFor.ts';
import { setStage } from './stage.ts';

const NAMES = ['first.bin', 'second.bin', 'third.bin'];

describe('a command of the Downloads view', function () {
  this.timeout(120_000);
  const scope = new Scope();
  let window: VscodeWindow;
  let link: string;
  after(() => scope.close());

  before(async () => {
    const stage = await setStage(scope, {
      bytesPerSecondPerConnection: 100_000,
      settings: { 'tributary.parallelDownloads': NAMES.length, 'tributary.connectionsPerDownload': 1 },
    });
    link = stage.serve('big.bin', new Content(50_000_000));
    window = await stage.openWindow();
    await window.showDownloads();
    const engine = await joinEngine(scope, stage.vscode.stateFolder, stage.workspace);
    for (const fileName of NAMES) await engine.add(link, { fileName });
    for (const name of NAMES) await window.row(name).filter({ hasText: '%' }).waitFor();
    await window.runCommand('Tributary: Pause All');
    await window.view.locator('[role="treeitem"]', { hasText: 'Paused' }).filter({ hasText: '3' }).waitFor();
  });

  afterEach(async () => {
    await window.page.keyboard.press('Escape');
    await window.page.locator('.monaco-dialog-box').waitFor({ state: 'hidden' });
  });

  it('is about the line that has the focus, when it is called by a key', async () => {
    await window.row('first.bin').click();
    await window.page.keyboard.press('ArrowDown');
    await window.row('second.bin').and(window.page.locator('.focused')).waitFor();
    await window.page.keyboard.press('Delete');
    const question = window.page.locator('.monaco-dialog-box');
    await question.waitFor();
    assert.match((await question.textContent()) ?? '', /Cancel second\.bin\?/);
  });

  it('is about all selected lines, when the one that has the focus is among them', async () => {
    await window.row('first.bin').click();
    await window.row('third.bin').click({ modifiers: ['Control'] });
    await window.page.keyboard.press('Delete');
    const question = window.page.locator('.monaco-dialog-box');
    await question.waitFor();
    assert.match((await question.textContent()) ?? '', /Cancel 2 downloads\?/);
  });

  it('is about the line of the menu where it can be about one only', async () => {
    await window.row('first.bin').click();
    await window.row('second.bin').click({ modifiers: ['Control'] });
    await window.chooseFromMenu('second.bin', 'Replace Link…');
    const title = window.quickInput.locator('.quick-input-title');
    await waitFor('the question for the link', async () => (await title.textContent())?.includes('Replace Link'));
    assert.equal(await title.textContent(), 'Replace Link of second.bin');
  });

  it('copies the links of all selected lines', async () => {
    await window.row('first.bin').click();
    await window.row('second.bin').click({ modifiers: ['Control'] });
    await window.chooseFromMenu('second.bin', 'Copy Link');
    // Reading the clipboard meanwhile would keep VS Code from writing to it.
    await window.page.getByText('Link copied').first().waitFor();
    const copied = await window.page.evaluate(() => navigator.clipboard.readText());
    assert.deepEqual(copied.split('\n'), [link, link]);
  });
});
