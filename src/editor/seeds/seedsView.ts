import * as vscode from 'vscode';
import { type Disposable, DisposableList } from '../../kit/disposables.ts';
import { ContextValues } from '../contextValues.ts';
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
  /** The line that is to be seen as soon as the view is. */
  #awaited: SeedsNode | null = null;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  readonly #context = new ContextValues();

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
      void this.#showAwaited();
      if (performance.now() - this.#askedAtMs > STALE_MS) void this.refresh().catch(init.onFailed);
    };
    this.#disposables.add(this.#view.onDidChangeVisibility(visibilityChanged));
    visibilityChanged();
    this.#disposables.add(mirror.onDidChange(() => this.#tellState()));
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
    this.#awaited = node;
    if (this.#view.visible) await this.#showAwaited();
    else await vscode.commands.executeCommand(`${VIEWS.seeds}.focus`, { preserveFocus: true });
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  /** The editor can show lines only of a view that is visible, which it tells some time after it was asked to show it. */
  async #showAwaited(): Promise<void> {
    const node = this.#awaited;
    this.#awaited = null;
    if (node === null) return;
    try {
      await this.#view.reveal(this.#tree.drawnNode(node), { select: false, focus: false });
    } catch {
      // Gone meanwhile: there is nothing to be seen any more.
    }
  }

  /** The welcome text is another one when nobody was found; the node is started or stopped. */
  #tellState(): void {
    const { found, ipfs } = this.#init.mirror;
    if (found !== null) this.#context.set(CONTEXT_KEYS.seedsAsked, true);
    this.#context.set(CONTEXT_KEYS.servesIpfs, ipfs?.state === 'serving');
  }
}
