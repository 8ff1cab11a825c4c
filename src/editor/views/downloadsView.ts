import * as vscode from 'vscode';
import type { TaskState } from '../../contract/task.ts';
import { type Disposable, DisposableList } from '../../kit/disposables.ts';
import { ContextValues } from '../contextValues.ts';
import { CONTEXT_KEYS, VIEWS } from '../contributions.ts';
import type { EngineLink } from '../engineLink.ts';
import { localize as t } from '../localize.ts';
import type { TaskMirror } from '../taskMirror.ts';
import { waitsForRetry } from '../taskText.ts';
import { DownloadsTree } from './downloadsTree.ts';
import type { LinkDrop } from './linkDrop.ts';
import type { TreeNode } from './treeNode.ts';

export interface DownloadsViewInit {
  readonly mirror: TaskMirror;
  readonly link: EngineLink;
  readonly drop: LinkDrop;
}

/** The Downloads view of the side bar: its tree, its badge and the context keys of its buttons. */
export class DownloadsView implements Disposable {
  readonly #disposables = new DisposableList();
  readonly #view: vscode.TreeView<TreeNode>;
  readonly #context = new ContextValues();
  #runningCount = 0;
  #wasRevealed = false;

  readonly onDidChangeVisibility: vscode.Event<vscode.TreeViewVisibilityChangeEvent>;

  constructor({ mirror, link, drop }: DownloadsViewInit) {
    const tree = this.#disposables.add(new DownloadsTree(mirror));
    this.#view = this.#disposables.add(
      vscode.window.createTreeView(VIEWS.downloads, {
        treeDataProvider: tree,
        canSelectMany: true,
        dragAndDropController: drop,
      }),
    );
    this.onDidChangeVisibility = this.#view.onDidChangeVisibility;
    const visibilityChanged = () => {
      tree.setVisible(this.#view.visible);
      // Whoever looks at the list wants to see what another window's engine does.
      if (this.#view.visible) link.start();
    };
    this.#disposables.add(this.#view.onDidChangeVisibility(visibilityChanged));
    visibilityChanged();
    this.#disposables.add(mirror.onDidChange(() => this.#summarize(mirror)));
  }

  get isVisible(): boolean {
    return this.#view.visible;
  }

  get selection(): readonly TreeNode[] {
    return this.#view.selection;
  }

  /** Shows the view after the first download of this window, and leaves the focus where it is. */
  async revealOnce(): Promise<void> {
    if (this.#wasRevealed || this.#view.visible) return;
    this.#wasRevealed = true;
    await vscode.commands.executeCommand(`${VIEWS.downloads}.focus`, { preserveFocus: true });
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #summarize(mirror: TaskMirror): void {
    const counts: Record<TaskState, number> = { active: 0, queued: 0, paused: 0, failed: 0, completed: 0 };
    for (const task of mirror.tasks) counts[task.status.state]++;
    this.#setRunningCount(counts.active);
    const goesOn = counts.active + counts.queued > 0 || mirror.tasks.some(waitsForRetry);
    this.#context.set(CONTEXT_KEYS.hasRunning, goesOn);
    this.#context.set(CONTEXT_KEYS.hasPaused, counts.paused > 0);
    this.#context.set(CONTEXT_KEYS.hasCompleted, counts.completed > 0);
  }

  #setRunningCount(count: number): void {
    if (count === this.#runningCount) return;
    this.#runningCount = count;
    const tooltip = count === 1 ? t('1 running download') : t('{count} running downloads', { count });
    this.#view.badge = count === 0 ? undefined : { value: count, tooltip };
  }
}
