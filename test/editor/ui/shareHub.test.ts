import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Locator } from 'playwright-core';
import { startBrowser } from '../../support/browser.ts';
import { Content } from '../../support/content.ts';
import { freePort } from '../../support/freePort.ts';
import { Scope } from '../../support/scope.ts';
import { sha256OfFile } from '../../support/sha256OfFile.ts';
import { enginePid } from '../../support/vscodeWeb.ts';
import type { VscodeWindow } from '../../support/vscodeWebWindow.ts';
import { waitFor } from '../../support/waitFor.ts';
import { openProfile, type Profile } from './openProfile.ts';

const KEY = 'walnut-and-plum';
/** Would be a link that runs a command, where a name is not taken as text. */
const LINK_LIKE = 'readme [x](command:workbench.action.closeWindow).txt';

function fileInExplorer(window: VscodeWindow, name: string): Locator {
  return window.page.locator('.explorer-folders-view [role="treeitem"]', { hasText: name });
}

/** The engine of a profile, which plays the hub when it was started there. */
function pidOf({ vscode }: Profile): number {
  const pid = enginePid(vscode.stateFolder);
  assert.ok(pid !== null);
  return pid;
}

describe('the share hub', function () {
  this.timeout(120_000);
  const scope = new Scope();
  let browser: Browser;
  let anna: Profile;
  let ben: Profile;
  let address: string;
  after(() => scope.close());

  afterEach(async function () {
    if (this.currentTest?.state !== 'failed') return;
    await anna.window.screenshot('failed-anna');
    await ben.window.screenshot('failed-ben');
  });

  before(async () => {
    const port = await freePort();
    address = `127.0.0.1:${port}`;
    browser = await startBrowser(scope);
    const open = (name: string) =>
      openProfile(scope, browser, {
        'tributary.hub.name': name,
        'tributary.hub.port': port,
        'tributary.speedLimit': '20M',
      });
    [anna, ben] = await Promise.all([open('Anna'), open('Ben')]);
  });

  /** By the context menu of the Explorer. */
  async function share({ window, workspace }: Profile, names: readonly string[]): Promise<void> {
    await window.runCommand('View: Show Explorer');
    for (const [index, name] of names.entries()) {
      assert.ok(existsSync(join(workspace, name)));
      await fileInExplorer(window, name).click(index === 0 ? {} : { modifiers: ['Control'] });
      // The Explorer selects a file once more, alone, when its editor has opened.
      if (index === 0) await window.page.locator('.tab.active', { hasText: name }).waitFor();
    }
    const last = names.at(-1) ?? '';
    await fileInExplorer(window, last).click({ button: 'right' });
    const item = window.page.locator('.context-view [role="menuitem"]', { hasText: 'Share to Hub' });
    await item.hover();
    await window.screenshot('hub-share');
    await window.page.keyboard.press('Enter');
    await item.waitFor({ state: 'hidden' });
  }

  function put({ workspace }: Profile, name: string, content: Content): void {
    writeFileSync(join(workspace, name), content.slice(0, content.sizeBytes));
  }

  const toastOf = ({ window }: Profile, text: string) => window.page.locator('.notification-toast', { hasText: text });

  it('is started in one window and joined in another', async () => {
    await anna.window.showShareHub();
    await anna.window.view.getByText('Join Share Hub…').waitFor();
    await anna.window.screenshot('hub-none');
    await anna.window.view.getByText('Start Share Hub').click();
    await anna.window.quickInput.locator('[role="option"]', { hasText: 'This computer only' }).waitFor();
    await anna.window.screenshot('hub-reach');
    await anna.window.page.keyboard.press('Enter');
    await anna.window
      .row('Your Hub')
      .filter({ hasText: `${address} · this computer only · 0 files` })
      .waitFor();

    await ben.window.showShareHub();
    await ben.window.view.getByText('Join Share Hub…').click();
    const input = ben.window.quickInput.locator('input.input');
    await input.fill('not an address');
    await ben.window.quickInput.locator('.quick-input-message', { hasText: 'no address of a hub' }).waitFor();
    await input.fill(address);
    await ben.window.screenshot('hub-join');
    await ben.window.page.keyboard.press('Escape');
    // Who wants to start one where there is one already most likely wants to be in it.
    await ben.window.view.getByText('Start Share Hub').click();
    await ben.window.quickInput.locator('[role="option"]', { hasText: 'This computer only' }).click();
    const join = toastOf(ben, 'If that is a share hub').getByRole('button', { name: 'Join It' });
    await join.waitFor();
    await ben.window.screenshot('hub-port-taken');
    await join.click();
    await ben.window.row(address).filter({ hasText: '0 files' }).waitFor();
    await anna.window.row('Members').filter({ hasText: 'Anna, Ben' }).waitFor();
    await anna.window.screenshot('hub-members');
  });

  it('announces what is shared, once, with a badge where nobody looks', async () => {
    await ben.window.runCommand('View: Show Explorer');
    put(anna, 'notes.md', new Content(4_200, 71));
    await share(anna, ['notes.md']);
    const toast = toastOf(ben, 'Anna shared notes.md (4.2 kB).');
    await toast.waitFor();
    await ben.window.page.locator('.activitybar [aria-label*="1 new file on the hub"]').first().waitFor();
    await ben.window.screenshot('hub-announced');
    assert.equal(await toast.count(), 1);
    await toast.getByRole('button', { name: 'Show', exact: true }).click();
    await ben.window.row('notes.md').filter({ hasText: '4.2 kB · Anna · ' }).waitFor();
    await ben.window.page.locator('.activitybar [aria-label*="new file on the hub"]').waitFor({ state: 'detached' });
    await anna.window.row('notes.md').filter({ hasText: '4.2 kB · you · ' }).waitFor();
    assert.equal(await toastOf(anna, 'shared').count(), 0);
  });

  it('gives several files at once, by a click and with progress', async () => {
    const content = new Content(80_000_000, 72);
    put(anna, 'model.gguf', content);
    put(anna, LINK_LIKE, new Content(100, 73));
    await share(anna, ['model.gguf', LINK_LIKE]);
    await ben.window.row('model.gguf').filter({ hasText: '80.0 MB · Anna' }).click();
    await ben.window.quickInput.locator('[role="option"]', { hasText: 'workspace' }).first().waitFor();
    await ben.window.page.keyboard.press('Enter');
    const line = ben.window.hubRow('model.gguf');
    await line.filter({ hasText: /\d+ % · [\d.]+ [kM]?B\/s/ }).waitFor();
    await ben.window.screenshot('hub-downloading');
    await line.filter({ hasText: 'downloaded' }).waitFor();
    assert.equal(await sha256OfFile(join(ben.workspace, 'model.gguf')), content.sha256);
    // Told together.
    const toast = toastOf(ben, '2 new files on the share hub.');
    await toast.waitFor();
    await ben.window.screenshot('hub-downloaded');
    await toast.locator('.codicon-notifications-clear').click();
  });

  it('shows an upload on its way, and what others bring', async () => {
    put(ben, 'film.mp4', new Content(60_000_000, 74));
    // A hub that is asleep takes nothing, so that there is time to look.
    process.kill(pidOf(anna), 'SIGSTOP');
    try {
      await share(ben, ['film.mp4']);
      await ben.window
        .hubRow('film.mp4')
        .filter({ hasText: /\d+ % · / })
        .waitFor();
      await ben.window.hubRow('film.mp4').hover();
      await ben.window.hubRow('film.mp4').locator('.action-label[aria-label^="Cancel Upload"]').waitFor();
      await ben.window.screenshot('hub-uploading');
    } finally {
      process.kill(pidOf(anna), 'SIGCONT');
    }
    await ben.window.hubRow('film.mp4').filter({ hasText: '60.0 MB · you' }).waitFor();
    await toastOf(anna, 'Ben shared film.mp4').waitFor();
    await anna.window.showShareHub();
    await anna.window.hubRow('film.mp4').filter({ hasText: '60.0 MB · Ben' }).waitFor();
    await anna.window.screenshot('hub-others');
  });

  it('lets who shared a file remove it, and nobody else', async () => {
    await ben.window.hubRow('notes.md').click({ button: 'right' });
    const menu = ben.window.page.locator('.context-view [role="menu"]');
    await menu.getByText('Copy Link of Hub File').waitFor();
    assert.equal(await menu.getByText('Remove from Hub').count(), 0);
    await ben.window.page.keyboard.press('Escape');
    await anna.window.chooseFromMenu('notes.md', 'Remove from Hub');
    const dialog = anna.window.page.locator('.monaco-dialog-box');
    await dialog.waitFor();
    await anna.window.screenshot('hub-remove');
    await dialog.getByRole('button', { name: 'Remove from Hub' }).click();
    await ben.window.hubRow('notes.md').waitFor({ state: 'detached' });
    await anna.window.hubRow('notes.md').waitFor({ state: 'detached' });
    assert.ok(existsSync(join(anna.workspace, 'notes.md')));
  });

  it('is there again after a reload and after its engine was killed', async () => {
    await anna.window.reload();
    await anna.window.hubRow('film.mp4').waitFor();
    process.kill(pidOf(anna), 'SIGKILL');
    await ben.window.row(address).filter({ hasText: 'files' }).waitFor();
    await anna.window.row('Members').filter({ hasText: 'Anna, Ben' }).waitFor();
    await anna.window.row('Your Hub').filter({ hasText: '3 files' }).waitFor();
  });

  it('is left, and the view is empty again', async () => {
    await ben.window.chooseFromMenu(address, 'Leave Share Hub');
    await ben.window.view.getByText('Start Share Hub').waitFor();
    await anna.window.chooseFromMenu('Your Hub', 'Stop Share Hub');
    await anna.window.view.getByText('Start Share Hub').waitFor();
  });

  it('asks for its key where others can reach it', async () => {
    await anna.window.view.getByText('Start Share Hub').click();
    const annas = anna.window.quickInput;
    await annas.locator('[role="option"]', { hasText: 'Everybody in the network' }).click();
    await annas.locator('.quick-input-title', { hasText: 'Key of the Share Hub' }).waitFor();
    await anna.window.screenshot('hub-new-key');
    await annas.locator('input.input').fill(KEY);
    await anna.window.page.keyboard.press('Enter');
    await toastOf(anna, 'Your share hub is on').waitFor();
    await anna.window.screenshot('hub-invitation');

    await ben.window.view.getByText('Join Share Hub…').click();
    const bens = ben.window.quickInput;
    await bens.locator('input.input').fill(address);
    await ben.window.page.keyboard.press('Enter');
    for (const [key, prompt] of [
      ['plum-and-walnut', 'asks for its key'],
      [KEY, 'did not take that key'],
    ] as const) {
      await bens.locator('.quick-input-message', { hasText: prompt }).waitFor();
      await bens.locator('input.input').fill(key);
      if (key === KEY) await ben.window.screenshot('hub-key');
      await ben.window.page.keyboard.press('Enter');
    }
    await ben.window.row(address).filter({ hasText: '3 files' }).waitFor();

    // The next engines get the keys from the editors.
    for (const profile of [anna, ben]) {
      const pid = pidOf(profile);
      process.kill(pid, 'SIGKILL');
      await waitFor('the next engine', () => ![null, pid].includes(enginePid(profile.vscode.stateFolder)));
    }
    await anna.window.row('Members').filter({ hasText: 'Anna, Ben' }).waitFor();
    await ben.window.row(address).filter({ hasText: '3 files' }).waitFor();
    await anna.window.screenshot('hub-with-key');
  });
});
