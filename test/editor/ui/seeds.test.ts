import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { startBrowser } from '../../support/browser.ts';
import { Content } from '../../support/content.ts';
import { freePort } from '../../support/freePort.ts';
import { Scope } from '../../support/scope.ts';
import { sha256OfFile } from '../../support/sha256OfFile.ts';
import { enginePid } from '../../support/vscodeWeb.ts';
import { waitFor } from '../../support/waitFor.ts';
import type { Profile } from './profile.ts';
import { openProfile } from './profile.ts';
import { SeedsPane } from './seedsPane.ts';

const BIG = new Content(30_000_000, 71);
const SMALL = new Content(120_000, 72);

/** The editor reads a settings file some time after it has changed. */
const LOOK_MS = 2_000;

/** Two people on one machine, each with an editor, a profile and ports of their own. The tests build on one another. */
describe('seeds between two editors', function () {
  this.timeout(120_000);
  const scope = new Scope();
  let browser: Browser;
  let giver: Profile;
  let taker: Profile;
  let give: SeedsPane;
  let take: SeedsPane;
  let port: number;
  let settings: Readonly<Record<string, unknown>>;
  let broken = false;
  after(() => scope.close());
  afterEach(function () {
    broken ||= this.currentTest?.state === 'failed';
  });
  beforeEach(() => assert.ok(!broken, 'what this test builds on has failed'));

  before(async () => {
    port = await freePort();
    settings = { 'tributary.seeds.ports': `${port}, ${await freePort()}` };
    browser = await startBrowser(scope);
    giver = await openProfile(scope, browser, {
      machineSettings: settings,
      files: {
        'models/llama 8b q4.gguf': BIG.slice(0, BIG.sizeBytes),
        'models/readme.md': SMALL.slice(0, SMALL.sizeBytes),
        'notes.txt': SMALL.slice(0, 1000),
        ...Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`many/${index}.txt`, SMALL.slice(0, index)])),
      },
    });
    taker = await openProfile(scope, browser, {
      machineSettings: settings,
      files: { 'about.txt': SMALL.slice(0, 10) },
    });
    give = new SeedsPane(giver.window);
    take = new SeedsPane(taker.window);
  });

  it('says what to do when nobody shares anything', async () => {
    await take.show();
    await take.pane.getByRole('button', { name: 'Look Again' }).waitFor();
    await taker.window.screenshot('seeds-nobody');
  });

  it('shares a folder from the Explorer and shows its address', async () => {
    await give.show();
    await give.chooseInExplorer('models', 'Share Folder');
    await give.row('models').filter({ hasText: '2 files · 30.1 MB' }).waitFor();
    await give
      .row('Shared by You')
      .filter({ hasText: `127.0.0.1:${port}` })
      .waitFor();
    await give.clickRowAction('models', 'Copy Address');
    await giver.window.page.getByText('Address copied').first().waitFor();
    assert.equal(await giver.window.page.evaluate(() => navigator.clipboard.readText()), `seed://127.0.0.1:${port}`);
    await giver.window.screenshot('seeds-shared');
  });

  it('shares a single file from the Explorer', async () => {
    await give.chooseInExplorer('notes.txt', 'Share File');
    await give.row('notes.txt').filter({ hasText: '1.0 kB' }).waitFor();
  });

  it('finds it in the other editor, and downloads it from the list', async () => {
    await taker.window.runCommand('Tributary: Look for Seeds');
    await take.row(`127.0.0.1:${port}`).filter({ hasText: '3 files' }).waitFor();
    await taker.window.screenshot('seeds-found');
    await take.row('llama 8b q4.gguf').click();
    await taker.window.quickInput.locator('[role="option"]', { hasText: 'workspace' }).first().waitFor();
    await taker.window.page.keyboard.press('Enter');
    const target = join(taker.workspace, 'llama 8b q4.gguf');
    await waitFor('the file', () => existsSync(target), 60_000);
    assert.equal(await sha256OfFile(target), BIG.sha256);
    await taker.window.row('llama 8b q4.gguf').filter({ hasText: '30.0 MB' }).first().waitFor();
    await take.row('llama 8b q4.gguf').filter({ hasText: '30.0 MB · downloaded' }).waitFor();
    await taker.window.screenshot('seeds-downloaded');
  });

  it('tells the giver how much was taken', async () => {
    await give
      .row('models')
      .filter({ hasText: /30.1 MB · [3-9]\d\.\d MB sent/ })
      .waitFor();
    await giver.window.screenshot('seeds-served');
  });

  it('offers all files in one list of the palette', async () => {
    await taker.window.runCommand('Tributary: Download from Seeds…');
    await taker.window.quickInput
      .locator('[role="option"]', { hasText: 'readme.md' })
      .filter({ hasText: '1 seed' })
      .waitFor();
    await taker.window.screenshot('seeds-palette');
    await taker.window.quickInput.locator('input.input').fill('readme');
    await taker.window.page.keyboard.press('Enter');
    await taker.window.quickInput.locator('[role="option"]', { hasText: 'workspace' }).first().waitFor();
    await taker.window.page.keyboard.press('Enter');
    const target = join(taker.workspace, 'readme.md');
    await waitFor('the file', () => existsSync(target), 30_000);
    assert.equal(await sha256OfFile(target), SMALL.sha256);
  });

  it('heeds a limit of the settings at once, and shows who takes something', async () => {
    giver.setMachineSettings({ ...settings, 'tributary.seeds.uploadLimit': '1M' });
    await taker.window.runCommand('Tributary: Download from Seeds…');
    await taker.window.quickInput.locator('input.input').fill('llama');
    await taker.window.quickInput.locator('[role="option"]', { hasText: 'llama' }).waitFor();
    await taker.window.page.keyboard.press('Enter');
    await taker.window.quickInput.locator('[role="option"]', { hasText: 'workspace' }).first().waitFor();
    await taker.window.page.keyboard.press('Enter');
    await give
      .row('127.0.0.1')
      .filter({ hasText: /MB sent · \d+ connections?/ })
      .waitFor();
    await give.leave();
    await giver.window.screenshot('seeds-takers');
    await taker.window.clickRowAction('llama 8b q4 (1).gguf', 'Cancel');
    await taker.window.page.getByRole('button', { name: 'Cancel Download' }).click();
  });

  it('goes on sharing after the engine has died', async () => {
    const pid = enginePid(giver.vscode.stateFolder);
    assert.ok(pid !== null);
    process.kill(pid, 'SIGKILL');
    await waitFor('another engine', () => {
      const now = enginePid(giver.vscode.stateFolder);
      return now !== null && now !== pid;
    });
    await take.clickRowAction('notes.txt', 'Download');
    await taker.window.quickInput.locator('[role="option"]', { hasText: 'workspace' }).first().waitFor();
    await taker.window.page.keyboard.press('Enter');
    await waitFor('the file', () => existsSync(join(taker.workspace, 'notes.txt')), 30_000);
  });

  it('offers to download a file again that was deleted', async () => {
    const { window, workspace } = taker;
    const path = join(workspace, 'notes.txt');
    await take.row('notes.txt').filter({ hasText: 'downloaded' }).waitFor();
    rmSync(path);
    await take.row('notes.txt').click();
    const toast = window.page.locator('.notification-toast', { hasText: 'is no longer there' });
    await toast.getByRole('button', { name: 'Download Again' }).waitFor();
    await window.screenshot('seeds-again');
    await toast.getByRole('button', { name: 'Download Again' }).click();
    await window.quickInput.locator('[role="option"]', { hasText: 'workspace' }).first().waitFor();
    await window.page.keyboard.press('Enter');
    await waitFor('the file', () => existsSync(path), 30_000);
  });

  it('brings what is shared into sight, below more files of others than the view has room for', async () => {
    await give.chooseInExplorer('many', 'Share Folder');
    await give.row('many').filter({ hasText: '40 files' }).waitFor();
    await take.show();
    await take.clickRowAction('Seeds Found', 'Look for Seeds');
    await take.row(`127.0.0.1:${port}`).filter({ hasText: '43 files' }).waitFor();
    await take.chooseInExplorer('about.txt', 'Share File');
    // Lines out of sight are not there at all.
    await take.row('about.txt').filter({ hasText: '10 B' }).waitFor();
    await take.clickRowAction('about.txt', 'Stop Sharing');
    await take.row('about.txt').waitFor({ state: 'detached' });
    await give.chooseFromMenu(give.row('many'), 'Stop Sharing');
    await give.row('many').waitFor({ state: 'detached' });
  });

  it('asks before it shares with other machines, and for a key', async () => {
    const { page } = giver.window;
    giver.setMachineSettings({ ...settings, 'tributary.seeds.host': '0.0.0.0' });
    await waitFor('the question', async () => {
      await give.chooseInExplorer('notes.txt', 'Share File');
      const question = page.locator('.monaco-dialog-box', { hasText: 'with other machines' });
      return question.waitFor({ timeout: LOOK_MS }).then(
        () => true,
        () => false,
      );
    });
    await giver.window.screenshot('seeds-other-machines');
    await page.locator('.monaco-dialog-box').getByRole('button', { name: 'Share', exact: true }).click();
    await giver.window.quickInput.locator('.quick-input-title', { hasText: 'Key for Seeds' }).waitFor();
    await giver.window.screenshot('seeds-key');
    await page.keyboard.press('Escape');
    giver.setMachineSettings(settings);
    await give.show();
    await give
      .row('Shared by You')
      .filter({ hasText: `127.0.0.1:${port}` })
      .waitFor();
  });

  it('stops sharing at once; the other editor sees that the seed is down', async () => {
    await give.clickRowAction('notes.txt', 'Stop Sharing');
    await give.row('notes.txt').waitFor({ state: 'detached' });
    await give.chooseFromMenu(give.row('models'), 'Stop Sharing');
    await give.row('models').waitFor({ state: 'detached' });
    await take.clickRowAction('Seeds Found', 'Look for Seeds');
    await take.row(`127.0.0.1:${port}`).filter({ hasText: 'down' }).waitFor();
    await taker.window.screenshot('seeds-down');
  });
});
