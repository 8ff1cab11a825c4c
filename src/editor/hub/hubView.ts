import * as vscode from 'vscode';
import { type Disposable, DisposableList } from '../../kit/disposables.ts';
import { ContextValues } from '../contextValues.ts';
import { CONTEXT_KEYS, VIEWS } from '../contributions.ts';
import type { EngineLink } from '../engineLink.ts';
import { localize as t } from '../localize.ts';
import type { TaskMirror } from '../taskMirror.ts';
import type { HubDrop } from './hubDrop.ts';
import type { HubMirror, HubMirrorChange } from './hubMirror.ts';
import type { HubNode } from './hubNode.ts';
import { HubTree } from './hubTree.ts';
import { UnseenFiles } from './unseenFiles.ts';

export interface HubViewInit {
  readonly hubs: HubMirror;
  readonly tasks: TaskMirror;
  readonly link: EngineLink;
  readonly drop: HubDrop;
}

/** The Share Hub view of the side bar: its tree, its badge and the context keys of its buttons. */
export class HubView implements Disposable {
  readonly #hubs: HubMirror;
  readonly #disposables = new DisposableList();
  readonly #view: vscode.TreeView<HubNode>;
  readonly #unseen = new UnseenFiles();
  readonly #context = new ContextValues();
  #shownCount = 0;

  constructor({ hubs, tasks, link, drop }: HubViewInit) {
    this.#hubs = hubs;
    const tree = this.#disposables.add(new HubTree(hubs, tasks));
    this.#view = this.#disposables.add(
      vscode.window.createTreeView(VIEWS.shareHub, {
        treeDataProvider: tree,
        canSelectMany: true,
        dragAndDropController: drop,
      }),
    );
    const visibilityChanged = () => {
      tree.setVisible(this.#view.visible);
      if (!this.#view.visible) return;
      link.start();
      this.#unseen.clear();
      this.#showBadge();
    };
    this.#disposables.add(this.#view.onDidChangeVisibility(visibilityChanged));
    visibilityChanged();
    this.#disposables.add(hubs.onDidChange((change) => this.#take(change)));
  }

  get selection(): readonly HubNode[] {
    return this.#view.selection;
  }

  /** Shows the view and leaves the focus where it is. */
  async reveal(): Promise<void> {
    if (this.#view.visible) return;
    await vscode.commands.executeCommand(`${VIEWS.shareHub}.focus`, { preserveFocus: true });
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #take({ news, removed }: HubMirrorChange): void {
    if (!this.#view.visible) this.#unseen.add(news);
    this.#unseen.remove(removed);
    this.#showBadge();
    this.#context.set(CONTEXT_KEYS.isInHub, this.#hubs.hubs.length > 0);
    this.#context.set(CONTEXT_KEYS.hasOwnHub, this.#hubs.own !== null);
  }

  #showBadge(): void {
    const { count } = this.#unseen;
    if (count === this.#shownCount) return;
    this.#shownCount = count;
    const tooltip = count === 1 ? t('1 new file on the hub') : t('{count} new files on the hub', { count });
    this.#view.badge = count === 0 ? undefined : { value: count, tooltip };
  }
}
