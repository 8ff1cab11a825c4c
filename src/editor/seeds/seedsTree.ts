import * as vscode from 'vscode';
import { type Disposable, DisposableList } from '../../kit/disposables.ts';
import { Pacer } from '../../kit/pacer.ts';
import { KEEP_FOCUS } from '../commands/taskTargets.ts';
import { COMMANDS } from '../contributions.ts';
import { iconPath } from '../iconPath.ts';
import { localize as t } from '../localize.ts';
import { tooltipMarkdown } from '../views/tooltipMarkdown.ts';
import type { TaskNode } from '../views/treeNode.ts';
import { changedSeeds, type DrawnSeeds, drawnSeeds } from './seedsChanges.ts';
import { seedsLine } from './seedsLine.ts';
import type { SeedsMirror } from './seedsMirror.ts';
import { keyOf, type SeedsNode } from './seedsNode.ts';
import { seedsChildren, seedsParent } from './seedsOutline.ts';
import { accessibilityLabel, fullName, type TreeLine } from './treeLine.ts';

/** The editor shows the view's progress bar at every refresh, and drops the tooltip of a line that is drawn again. */
const REFRESH_GAP_MS = 1_000;

const FOLDING: Readonly<Record<TreeLine['folding'], vscode.TreeItemCollapsibleState>> = {
  none: vscode.TreeItemCollapsibleState.None,
  open: vscode.TreeItemCollapsibleState.Expanded,
  closed: vscode.TreeItemCollapsibleState.Collapsed,
};

/** Lines of the Seeds view. Only what changed is drawn again, and nothing while the view is hidden. */
export class SeedsTree implements vscode.TreeDataProvider<SeedsNode>, Disposable {
  readonly #mirror: SeedsMirror;
  readonly #changed = new vscode.EventEmitter<SeedsNode[] | undefined>();
  readonly #disposables = new DisposableList();
  readonly #pacer = this.#disposables.add(new Pacer(REFRESH_GAP_MS, () => this.#refresh()));
  /** The editor knows nodes by identity: the same line is the same object as long as it is there. */
  #nodes = new Map<string, SeedsNode>();
  #drawn: DrawnSeeds = new Map();
  #visible = false;

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(mirror: SeedsMirror) {
    this.#mirror = mirror;
    this.#disposables.add(
      mirror.onDidChange(() => {
        if (this.#visible) this.#pacer.request();
      }),
    );
  }

  /** Told by the view. What happened while it was hidden is drawn when it comes back. */
  setVisible(visible: boolean): void {
    this.#visible = visible;
    if (visible) this.#pacer.runNow();
  }

  getChildren(parent?: SeedsNode): SeedsNode[] {
    return seedsChildren(this.#mirror, parent ?? null).map((node) => this.#same(node));
  }

  getParent(node: SeedsNode): SeedsNode | undefined {
    const parent = seedsParent(node);
    return parent === null ? undefined : this.#same(parent);
  }

  /** By which the editor knows a line; what has just changed is drawn first, so that it knows the line at all. */
  drawnNode(node: SeedsNode): SeedsNode {
    this.#pacer.runNow();
    return this.#same(node);
  }

  getTreeItem(node: SeedsNode): vscode.TreeItem {
    const line = seedsLine(this.#mirror, node, t);
    // Gone between two refreshes; the next one takes the line away.
    if (!line) return new vscode.TreeItem('');
    return toTreeItem(line, node);
  }

  resolveTreeItem(item: vscode.TreeItem, node: SeedsNode): vscode.TreeItem {
    const line = seedsLine(this.#mirror, node, t);
    if (line) item.tooltip = tooltipMarkdown(fullName(line), line.tooltip);
    return item;
  }

  dispose(): void {
    this.#disposables.dispose();
    this.#changed.dispose();
  }

  #refresh(): void {
    if (!this.#visible) return;
    const drawn = drawnSeeds(this.#mirror, t);
    const changes = changedSeeds(this.#drawn, drawn);
    this.#drawn = drawn;
    this.#nodes = new Map([...this.#nodes].filter(([key]) => drawn.has(key)));
    if (changes === 'all') this.#changed.fire(undefined);
    else if (changes.length > 0) this.#changed.fire(changes.map((node) => this.#same(node)));
  }

  #same(node: SeedsNode): SeedsNode {
    const key = keyOf(node);
    const known = this.#nodes.get(key) ?? node;
    this.#nodes.set(key, known);
    return known;
  }
}

function toTreeItem(line: TreeLine, node: SeedsNode): vscode.TreeItem {
  const item = new vscode.TreeItem(line.label, FOLDING[line.folding]);
  // The editor decides once for an id whether it is unfolded: a seed that is back would stay folded.
  item.id = line.folding === 'none' ? keyOf(node) : `${keyOf(node)}/${line.folding}`;
  item.description = line.description;
  item.contextValue = line.contextValue;
  if (line.click) item.command = clickCommand(line.click, node);
  item.accessibilityInformation = { label: accessibilityLabel(line), role: 'treeitem' };
  if (line.icon) {
    const color = line.icon.color === null ? undefined : new vscode.ThemeColor(line.icon.color);
    item.iconPath = new vscode.ThemeIcon(line.icon.id, color);
  } else {
    item.iconPath = vscode.ThemeIcon.File;
    item.resourceUri = vscode.Uri.from({ scheme: 'tributary-seed', path: iconPath(fullName(line)) });
  }
  return item;
}

function clickCommand(click: NonNullable<TreeLine['click']>, node: SeedsNode): vscode.Command {
  if (click === 'download') return { command: COMMANDS.downloadSeedFile, title: t('Download'), arguments: [node] };
  const isOpen = 'open' in click;
  const task: TaskNode = { kind: 'task', id: isOpen ? click.open : click.showPanel };
  const args = [task, [task], KEEP_FOCUS];
  return isOpen
    ? { command: COMMANDS.openFile, title: t('Open File'), arguments: args }
    : { command: COMMANDS.showPanel, title: t('Show Panel'), arguments: args };
}
