import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { TaskId } from '../../../src/contract/task.ts';
import { Content } from '../../support/content.ts';
import { Scope } from '../../support/scope.ts';
import type { TestEngine } from '../../support/testEngine.ts';
import { joinEngine } from '../../support/vscodeWebEngine.ts';
import type { VscodeWindow } from '../../support/vscodeWebWindow.ts';
import { waitFor } from '../../support/waitFor.ts';
import type { Stage } from './stage.ts';
import { setStage } from './stage.ts';

const NAME = 'dataset.tar';
/** Without a limit it is more than two megabytes a second. */
const LIMITED = { least: 1, most: 400_000 };

/** The editor checks a file some time after it has changed. */
const LOOK_MS = 1_000;

describe('limits of a running download', function () {
  this.timeout(120_000);
  const scope = new Scope();
  let stage: Stage;
  let window: VscodeWindow;
  let engine: TestEngine;
  let id: TaskId;
  let settings: Readonly<Record<string, unknown>> | null = null;
  after(() => scope.close());

  before(async () => {
    stage = await setStage(scope, { bytesPerSecondPerConnection: 150_000 });
    window = await stage.openWindow();
    await window.showDownloads();
    engine = await joinEngine(scope, stage.vscode.stateFolder, stage.workspace);
    id = await engine.add(stage.serve(NAME, new Content(300_000_000)));
    await runs('freely', { least: 1_000_000, most: Number.POSITIVE_INFINITY });
  });

  /** The speed is smoothed over some seconds, so this waits for it. */
  async function runs(how: string, { least, most }: { least: number; most: number }): Promise<void> {
    await engine.until(id, `to run ${how}`, ({ status }) => {
      return status.state === 'active' && status.bytesPerSecond >= least && status.bytesPerSecond <= most;
    });
  }

  /** Writes the settings anew by hand, and saves. */
  async function setSettings(changes: Readonly<Record<string, unknown>>): Promise<void> {
    const file = join(stage.vscode.dataFolder, 'user', 'User', 'settings.json');
    settings = { ...(settings ?? JSON.parse(readFileSync(file, 'utf8'))), ...changes };
    await window.runCommand('Preferences: Open User Settings (JSON)');
    const editor = window.page.locator('.editor-instance[aria-label*="settings.json"]');
    await editor.click();
    await window.page.evaluate((text) => navigator.clipboard.writeText(text), JSON.stringify(settings, null, 2));
    // Pasted, since an editor completes brackets that are typed.
    for (const keys of ['Control+A', 'Control+V', 'Control+S']) await window.page.keyboard.press(keys);
    await waitFor('the settings to be saved', () => {
      try {
        return isDeepStrictEqual(JSON.parse(readFileSync(file, 'utf8')), settings);
      } catch {
        // Only a part of it is written yet.
        return false;
      }
    });
  }

  it('Limit Speed… offers speeds, takes a typed one, and shows it', async () => {
    await window.runCommand('Tributary: Show Panel');
    // A page that is still loading takes the focus, which closes menus.
    await window.panel.getByText(NAME, { exact: true }).waitFor();
    await window.chooseFromMenu(NAME, 'Limit Speed');
    await window.quickInput.locator('.quick-input-title', { hasText: `Limit the Speed of ${NAME}` }).waitFor();
    await window.quickInput.locator('[role="option"]', { hasText: 'No limit' }).filter({ hasText: 'now' }).waitFor();
    await window.screenshot('limit-speed');
    await window.quickInput.locator('input.input').fill('300k');
    await window.quickInput.locator('[role="option"]', { hasText: '300 kB/s' }).waitFor();
    await window.screenshot('limit-speed-typed');
    await window.page.keyboard.press('Enter');
    await window.panel.getByText('limited to 300 kB/s').waitFor();
    await runs('slowly', LIMITED);
    await window.screenshot('limited');
  });

  it('No limit takes it away', async () => {
    await window.chooseFromMenu(NAME, 'Limit Speed');
    await window.quickInput.locator('[role="option"]', { hasText: '300 kB/s' }).filter({ hasText: 'now' }).waitFor();
    await window.quickInput.locator('[role="option"]', { hasText: 'No limit' }).click();
    await engine.until(id, 'to have no limit', ({ limitBytesPerSecond }) => limitBytesPerSecond === 0);
    await runs('freely', { least: 1_000_000, most: Number.POSITIVE_INFINITY });
  });

  it('the setting of a host holds at once', async () => {
    await setSettings({ 'tributary.limits.perHost': { [new URL(stage.relay.origin).host]: '300k' } });
    await runs('slowly', LIMITED);
    await setSettings({ 'tributary.limits.perHost': {} });
    await runs('freely', { least: 1_000_000, most: Number.POSITIVE_INFINITY });
  });

  it('the setting of the hours holds at once', async () => {
    await setSettings({ 'tributary.limits.schedule': [{ from: '00:00', to: '24:00', limit: '300k' }] });
    await runs('slowly', LIMITED);
    await setSettings({ 'tributary.limits.schedule': [] });
    await runs('freely', { least: 1_000_000, most: Number.POSITIVE_INFINITY });
  });

  it('the editor says what is wrong with hours', async () => {
    await setSettings({ 'tributary.limits.schedule': [{ from: '8 am', to: '18:00', limit: '2M' }] });
    // To the first problem.
    await waitFor('the problem', async () => {
      await window.page.keyboard.press('F8');
      const told = window.page.locator('.marker-widget', { hasText: 'Write hours and minutes, such as 08:00' });
      const shown = told.waitFor({ timeout: LOOK_MS }).then(() => true);
      return shown.catch(() => false);
    });
    await window.screenshot('setting-problem');
    // It counts as not set.
    await runs('freely', { least: 1_000_000, most: Number.POSITIVE_INFINITY });
  });
});
