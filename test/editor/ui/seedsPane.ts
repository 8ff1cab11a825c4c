import type { Locator } from 'playwright-core';
import type { VscodeWindow } from '../../support/vscodeWebWindow.ts';
import { waitFor } from '../../support/waitFor.ts';

/** Over nothing that would show a tooltip. */
const EMPTY_SPOT = { x: 800, y: 600 };

/** The Seeds view of a window, with the things in it that a user touches. */
export class SeedsPane {
  readonly window: VscodeWindow;
  readonly pane: Locator;

  constructor(window: VscodeWindow) {
    this.window = window;
    this.pane = window.view.locator('.pane', { has: window.page.locator('.pane-header[aria-label^="Seeds"]') });
  }

  /** Shows it, wide enough for what stands behind a name. */
  async show(): Promise<void> {
    await this.window.showDownloads();
    await this.window.runCommand('Focus on Seeds View');
    await this.pane.locator('.pane-body').waitFor();
    // The other views would leave it three lines.
    await this.fold('Share Hub');
  }

  /** Folds another view of the container up, so that only its title is left. */
  async fold(name: string): Promise<void> {
    const header = this.window.view.locator(`.pane-header[aria-label^="${name}"][aria-expanded="true"]`);
    if ((await header.count()) > 0) await header.first().click();
  }

  /** Takes the mouse off the view, whose tooltips would cover other lines. */
  async leave(): Promise<void> {
    await this.window.page.mouse.move(EMPTY_SPOT.x, EMPTY_SPOT.y);
    await this.window.page.locator('.monaco-hover').first().waitFor({ state: 'hidden' });
  }

  row(name: string): Locator {
    return this.pane.locator('[role="treeitem"]', { hasText: name });
  }

  async clickRowAction(name: string, action: string): Promise<void> {
    await this.row(name).hover();
    await this.row(name).locator(`.action-label[aria-label^="${action}"]`).click();
  }

  /** Takes an entry of a line's context menu with the keyboard, since a menu ignores an early mouse click. */
  async chooseFromMenu(row: Locator, entry: string): Promise<void> {
    await row.click({ button: 'right' });
    await this.#chooseInMenu(entry);
  }

  /** The same in the Explorer, whose lines are still moving when it has just been shown. */
  async chooseInExplorer(name: string, entry: string): Promise<void> {
    await this.window.runCommand('Focus on Files Explorer');
    const row = this.window.page.locator('.explorer-folders-view [role="treeitem"]', { hasText: name });
    const menu = this.window.page.locator('.context-view [role="menuitem"]').first();
    await row.waitFor();
    await waitFor(`the menu of ${name}`, async () => {
      await row.click({ button: 'right' });
      await menu.waitFor();
      if (await row.evaluate((line) => line.classList.contains('focused'))) return true;
      await this.window.page.keyboard.press('Escape');
      await menu.waitFor({ state: 'hidden' });
      return false;
    });
    await this.#chooseInMenu(entry);
  }

  async #chooseInMenu(entry: string): Promise<void> {
    const item = this.window.page.locator('.context-view [role="menuitem"]', { hasText: entry });
    await item.hover();
    await this.window.page.keyboard.press('Enter');
    await item.waitFor({ state: 'hidden' });
  }
}
