import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, FrameLocator, Locator, Page } from 'playwright-core';
import type { Scope } from './scope.ts';
import { waitFor } from './waitFor.ts';

const SCREENSHOTS = join(import.meta.dirname, '../../out/screenshots');
const SIZE = { width: 1280, height: 800 };
const SIDEBAR_WIDTH = 420;
/** Width of the activity bar and of the gap before the border. */
const SIDEBAR_EDGE = 70;
const PALETTE_TRY_MS = 4000;

/** A window of VS Code in the browser, with the things in it that a user of Tributary touches. */
export class VscodeWindow {
  readonly page: Page;
  readonly view: Locator;
  readonly statusBarItem: Locator;
  readonly quickInput: Locator;
  readonly panel: FrameLocator;

  constructor(page: Page) {
    this.page = page;
    this.view = page.locator('[id="workbench.view.extension.tributary"]');
    this.statusBarItem = page.locator('.statusbar-item[id*="tributary.downloads"]');
    this.quickInput = page.locator('.quick-input-widget');
    this.panel = page.frameLocator('iframe.webview').frameLocator('#active-frame');
  }

  /** Opens an address of `VscodeWeb` in a browser profile of its own; closed with the scope. */
  static async open(scope: Scope, browser: Browser, address: string): Promise<VscodeWindow> {
    const context = await browser.newContext({
      viewport: SIZE,
      permissions: ['clipboard-read', 'clipboard-write'],
      colorScheme: 'dark',
    });
    scope.defer(() => context.close());
    const window = new VscodeWindow(await context.newPage());
    await window.page.goto(address);
    await window.ready();
    return window;
  }

  /** Resolves when the workbench is there and its extensions run. */
  async ready(): Promise<void> {
    await this.page.locator('.monaco-workbench .part.statusbar').waitFor();
    // The extension's container stands in the activity bar as soon as extensions are known.
    await this.page.locator('.activitybar [aria-label^="Tributary"]').first().waitFor();
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.ready();
  }

  /** Runs a command as a user does: by its name in the palette. */
  async runCommand(title: string): Promise<void> {
    const entry = this.quickInput.locator('[role="option"]', { hasText: title }).first();
    await waitFor(`"${title}" in the palette`, async () => {
      // A window that is still restoring itself takes the focus away, which closes the palette.
      await this.page.keyboard.press('F1');
      try {
        await this.quickInput.locator('input.input').fill(`>${title}`, { timeout: PALETTE_TRY_MS });
        await entry.click({ timeout: PALETTE_TRY_MS });
        return true;
      } catch {
        await this.page.keyboard.press('Escape');
        return false;
      }
    });
  }

  /** Shows the Downloads view, wide enough for what stands behind a name. */
  async showDownloads(): Promise<void> {
    await this.runCommand('Focus on Downloads View');
    await this.#widen();
  }

  /** Shows the Share Hub view, as wide. */
  async showShareHub(): Promise<void> {
    await this.runCommand('Focus on Share Hub View');
    await this.#widen();
  }

  async #widen(): Promise<void> {
    await this.view.waitFor();
    const width = (await this.view.boundingBox())?.width ?? 0;
    if (width >= SIDEBAR_WIDTH) return;
    for (const sash of await this.page.locator('.monaco-sash.vertical:not(.disabled)').all()) {
      const box = await sash.boundingBox();
      // The border that stands where the side bar ends, not the one of the hidden bar at the right.
      if (box === null || Math.abs(box.x - width) > SIDEBAR_EDGE) continue;
      await sash.hover();
      await this.page.mouse.down();
      await this.page.mouse.move(box.x + SIDEBAR_WIDTH - width, SIZE.height / 2, { steps: 4 });
      await this.page.mouse.up();
    }
  }

  /** The line of a download in the Downloads view. */
  row(name: string): Locator {
    return this.view.locator('[role="treeitem"]', { hasText: name });
  }

  /** The line of a file in the Share Hub view. */
  hubRow(name: string): Locator {
    return this.view.locator('[role="tree"][aria-label*="Share Hub"] [role="treeitem"]', { hasText: name });
  }

  /** Clicks one of the buttons that a line shows under the mouse. */
  async clickRowAction(name: string, action: string): Promise<void> {
    const row = this.row(name);
    await row.hover();
    await row.locator(`.action-label[aria-label^="${action}"]`).click();
  }

  /** Opens the context menu of a line and takes an entry with the keyboard, since a menu ignores an early mouse click. */
  async chooseFromMenu(name: string, entry: string): Promise<void> {
    await this.row(name).click({ button: 'right' });
    const item = this.page.locator('.context-view [role="menuitem"]', { hasText: entry });
    await item.hover();
    await this.page.keyboard.press('Enter');
    await item.waitFor({ state: 'hidden' });
  }

  /** Writes `out/screenshots/<name>.png`. */
  async screenshot(name: string): Promise<void> {
    mkdirSync(SCREENSHOTS, { recursive: true });
    await this.page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), animations: 'disabled' });
  }
}
