import * as vscode from 'vscode';
import { type Disposable, DisposableList } from '../../kit/disposables.ts';
import { Pacer } from '../../kit/pacer.ts';
import { KEEP_FOCUS } from '../commands/taskTargets.ts';
import { COMMANDS } from '../contributions.ts';
import { iconPath } from '../iconPath.ts';
import { comesFrom, latestDownloads } from '../latestDownloads.ts';
import { localize as t } from '../localize.ts';
import type { TaskMirror } from '../taskMirror.ts';
import { tooltipMarkdown } from '../views/tooltipMarkdown.ts';
import type { TaskNode } from '../views/treeNode.ts';
import { type HubClick, type HubItem, type HubItemContext, hubItem, hubTooltip } from './hubItem.ts';
import { hubItemChange } from './hubItemChange.ts';
import type { HubMirror } from './hubMirror.ts';
import { type HubNode, hubNodeKey } from './hubNode.ts';
import { hubOutline } from './hubOutline.ts';

/** The editor shows the view's progress bar at every refresh, and drops the tooltip of a line that is drawn again. */
const REFRESH_GAP_MS = 1_000;
/** So long a tooltip stays on the screen though the words of its line have changed; another state is shown at once. */
const TOOLTIP_MS = 5_000;
/** Of the list of first lines; no line is called so. */
const ROOT = '';

/**
 * Lines of the Share Hub view. Each refresh compares what is shown with what should be, and draws what differs. While the
 * view is hidden nothing is drawn.
 */
export class HubTree implements vscode.TreeDataProvider<HubNode>, Disposable {
  readonly #hubs: HubMirror;
  readonly #tasks: TaskMirror;
  readonly #changed = new vscode.EventEmitter<HubNode[] | undefined>();
  readonly #disposables = new DisposableList();
  readonly #pacer = this.#disposables.add(new Pacer(REFRESH_GAP_MS, () => this.#refresh()));
  // The editor knows nodes by identity: the same line is the same object as long as it is shown.
  #nodes = new Map<string, HubNode>();
  /** What the editor was given last: items, and the lines under a line. */
  readonly #shownItems = new Map<string, HubItem | null>();
  readonly #shownChildren = new Map<string, string>();
  #taskOf: HubItemContext['taskOf'];
  #read: { readonly key: string; readonly untilMs: number } | null = null;
  #visible = false;

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(hubs: HubMirror, tasks: TaskMirror) {
    this.#hubs = hubs;
    this.#tasks = tasks;
    this.#taskOf = latestDownloads(tasks, 'hub');
    this.#disposables.add(hubs.onDidChange(() => this.#request()));
    this.#disposables.add(
      tasks.onDidChange(({ changes }) => {
        if (changes.some((change) => comesFrom(change, 'hub'))) this.#request();
      }),
    );
  }

  /** Told by the view. What happened while it was hidden is drawn when it comes back. */
  setVisible(visible: boolean): void {
    this.#visible = visible;
    if (visible) this.#pacer.runNow();
  }

  getChildren(parent?: HubNode): HubNode[] {
    const children = this.#childrenOf(parent ?? null);
    this.#shownChildren.set(parent ? hubNodeKey(parent) : ROOT, parent ? keysOf(children) : this.#idsOf(children));
    return children;
  }

  getParent(node: HubNode): HubNode | undefined {
    if (node.kind === 'hub') return undefined;
    return this.#same({ kind: node.kind === 'hubMember' ? 'hubMembers' : 'hub', hub: node.hub });
  }

  getTreeItem(node: HubNode): vscode.TreeItem {
    const item = hubItem(node, this.#context());
    this.#shownItems.set(hubNodeKey(node), item);
    // Gone between two refreshes; the next one takes the line away.
    return item === null ? new vscode.TreeItem('') : toTreeItem(item, node);
  }

  resolveTreeItem(item: vscode.TreeItem, node: HubNode): vscode.TreeItem {
    const context = this.#context();
    const lines = hubTooltip(node, context);
    if (lines.length === 0) return item;
    item.tooltip = tooltipMarkdown(hubItem(node, context)?.name ?? null, lines);
    this.#read = { key: hubNodeKey(node), untilMs: performance.now() + TOOLTIP_MS };
    return item;
  }

  dispose(): void {
    this.#disposables.dispose();
    this.#changed.dispose();
  }

  #request(): void {
    if (this.#visible) this.#pacer.request();
  }

  #refresh(): void {
    if (!this.#visible) return;
    this.#taskOf = latestDownloads(this.#tasks, 'hub');
    const roots = this.#childrenOf(null);
    if (this.#idsOf(roots) !== this.#shownChildren.get(ROOT)) {
      this.#forgetAll();
      this.#changed.fire(undefined);
      return;
    }
    const context = this.#context();
    const dirty: HubNode[] = [];
    for (const root of roots) this.#collectDirty(root, context, dirty);
    if (dirty.length > 0) this.#changed.fire(dirty);
  }

  #collectDirty(node: HubNode, context: HubItemContext, dirty: HubNode[]): void {
    const key = hubNodeKey(node);
    const shownChildren = this.#shownChildren.get(key);
    const children = shownChildren === undefined ? [] : this.#childrenOf(node);
    const change = hubItemChange(this.#shownItems.get(key), hubItem(node, context));
    const hasOthers = shownChildren !== undefined && keysOf(children) !== shownChildren;
    if (hasOthers || change === 'state' || (change === 'words' && !this.#isRead(key))) {
      // Its children are drawn with it.
      dirty.push(node);
      return;
    }
    for (const child of children) this.#collectDirty(child, context, dirty);
  }

  /** Whether somebody may be reading the tooltip of a line; it is drawn when the time is over. */
  #isRead(key: string): boolean {
    if (this.#read === null || this.#read.key !== key || performance.now() >= this.#read.untilMs) return false;
    // After this run is over, or it would be a part of it.
    queueMicrotask(() => this.#request());
    return true;
  }

  #childrenOf(parent: HubNode | null): HubNode[] {
    return hubOutline(this.#hubs, parent).map((node) => this.#same(node));
  }

  /** A first line of another id has no line above it with which the editor would draw it. */
  #idsOf(nodes: readonly HubNode[]): string {
    const context = this.#context();
    return nodes.map((node) => hubItem(node, context)?.id).join('\n');
  }

  #same(node: HubNode): HubNode {
    const key = hubNodeKey(node);
    const known = this.#nodes.get(key) ?? node;
    this.#nodes.set(key, known);
    return known;
  }

  #forgetAll(): void {
    this.#nodes = new Map();
    this.#shownItems.clear();
    this.#shownChildren.clear();
  }

  #context(): HubItemContext {
    const when = { nowMs: Date.now(), locale: vscode.env.language };
    return { mirror: this.#hubs, taskOf: this.#taskOf, when, t };
  }
}

function keysOf(nodes: readonly HubNode[]): string {
  return nodes.map(hubNodeKey).join('\n');
}

const COLLAPSIBLE = {
  none: vscode.TreeItemCollapsibleState.None,
  collapsed: vscode.TreeItemCollapsibleState.Collapsed,
  expanded: vscode.TreeItemCollapsibleState.Expanded,
} as const;

function toTreeItem(data: HubItem, node: HubNode): vscode.TreeItem {
  const item = new vscode.TreeItem(data.label, COLLAPSIBLE[data.children]);
  item.id = data.id;
  item.description = data.description;
  item.contextValue = data.contextValue;
  item.accessibilityInformation = { label: data.accessibilityLabel, role: 'treeitem' };
  if (data.icon) {
    const color = data.icon.color ? new vscode.ThemeColor(data.icon.color) : undefined;
    item.iconPath = new vscode.ThemeIcon(data.icon.id, color);
  } else {
    item.iconPath = vscode.ThemeIcon.File;
    // For the icon of its type only: there is no such file on this machine.
    item.resourceUri = vscode.Uri.from({ scheme: 'tributary-hub', path: iconPath(data.name) });
  }
  const command = data.click && clickCommand(data.click, node);
  if (command) item.command = command;
  return item;
}

function clickCommand(click: HubClick, node: HubNode): vscode.Command {
  switch (click.command) {
    case 'download':
      return { command: COMMANDS.downloadFromHub, title: t('Download'), arguments: [node] };
    case 'share':
      return { command: COMMANDS.shareToHub, title: t('Share to Hub'), arguments: [node] };
    case 'enterKey':
      return { command: COMMANDS.enterHubKey, title: t('Enter Key…'), arguments: [node] };
    case 'start':
      return { command: COMMANDS.startHub, title: t('Start Share Hub'), arguments: [node] };
    case 'open':
      return { command: COMMANDS.openFromHub, title: t('Open File'), arguments: [node, [node], KEEP_FOCUS] };
    case 'showPanel': {
      const task: TaskNode = { kind: 'task', id: click.taskId };
      return { command: COMMANDS.showPanel, title: t('Show Panel'), arguments: [task, [task], KEEP_FOCUS] };
    }
  }
}
