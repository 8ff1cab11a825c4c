import * as vscode from 'vscode';
import { type Disposable, DisposableList } from '../../kit/disposables.ts';
import { CONTEXT_KEYS, VIEWS } from '../contributions.ts';
import type { EngineLink } from '../engineLink.ts';
import type { Seeds } from './seeds.ts';
import type { SeedsMirror } from './seedsMirror.ts';
import type { SeedsNode } from './seedsNode.ts';
import { SeedsTree } from './seedsTree.ts';

export interface SeedsViewInit {
  readonly mirror: SeedsMirror;
  readonly seeds: Seeds;
  readonly link: EngineLink;
  readonly onFailed: (error: unknown) => void;
}

/** Seeds are asked again when the view is shown after so long. */
const STALE_MS = 30_000;

/** The Seeds view of the side bar. Seeds are looked for when somebody looks at it, and not before. */
export class SeedsView implements Disposable {
  readonly #init: SeedsViewInit;
  readonly #disposables = new DisposableList();
  readonly #tree: SeedsTree;
  readonly #view: vscode.TreeView<SeedsNode>;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #knowsAsked = false;

  constructor(init: SeedsViewInit) {
    this.#init = init;
    const { mirror, link } = init;
    const tree = this.#disposables.add(new SeedsTree(mirror));
    this.#tree = tree;
    this.#view = this.#disposables.add(
      vscode.window.createTreeView(VIEWS.seeds, { treeDataProvider: tree, canSelectMany: true }),
    );
    const visibilityChanged = () => {
      tree.setVisible(this.#view.visible);
      if (!this.#view.visible) return;
      link.start();
      if (performance.now() - this.#askedAtMs > STALE_MS) void this.refresh().catch(init.onFailed);
    };
    this.#disposables.add(this.#view.onDidChangeVisibility(visibilityChanged));
    visibilityChanged();
    this.#disposables.add(mirror.onDidChange(() => this.#tellAsked()));
  }

  /** Looks for seeds, with the view's progress bar. @throws TributaryError of the engine */
  async refresh(): Promise<void> {
    this.#askedAtMs = performance.now();
    await vscode.window.withProgress({ location: { viewId: VIEWS.seeds } }, () => this.#init.seeds.find());
  }

  /**
   * Shows it, and leaves the focus where it is.
   * @param node a line that is to be seen: found files may have pushed it out of sight. @default any
   */
  async reveal(node: SeedsNode | null = null): Promise<void> {
    if (!this.#view.visible) await vscode.commands.executeCommand(`${VIEWS.seeds}.focus`, { preserveFocus: true });
    if (node === null) return;
    try {
      await this.#view.reveal(this.#tree.drawnNode(node), { select: false, focus: false });
    } catch {
      // Gone meanwhile: there is nothing to be seen any more.
    }
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  /** The welcome text is another one when nobody was found. */
  #tellAsked(): void {
    if (this.#knowsAsked || this.#init.mirror.found === null) return;
    this.#knowsAsked = true;
    void vscode.commands.executeCommand('setContext', CONTEXT_KEYS.seedsAsked, true);
  }
}
