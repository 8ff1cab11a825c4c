import * as vscode from 'vscode';
import type { TaskId, TaskSnapshot, TaskState } from '../../contract/task.ts';
import { type Disposable, DisposableList } from '../../kit/disposables.ts';
import { Pacer } from '../../kit/pacer.ts';
import { KEEP_FOCUS } from '../commands/taskTargets.ts';
import { COMMANDS } from '../contributions.ts';
import { localize as t } from '../localize.ts';
import { groupTasks } from '../taskGroups.ts';
import { lineState, type TaskItem, taskItem, taskTooltip } from '../taskItem.ts';
import type { MirrorChange, TaskMirror } from '../taskMirror.ts';
import { stateLabel } from '../taskText.ts';
import { tooltipMarkdown } from './tooltipMarkdown.ts';
import type { TaskNode, TreeNode } from './treeNode.ts';

/**
 * The editor shows the view's progress bar at every refresh, and drops the tooltip of a line that is drawn again, also one
 * that would appear after its half second. So progress is shown no more often than this.
 */
const REFRESH_GAP_MS = 1_000;
/** A group is drawn with all its lines: of more of them than this not at each change of a state, but as often as progress. */
const MOST_AT_ONCE = 200;
/** So long a tooltip stays on the screen though its download goes on; a change of state takes it away at once. */
const TOOLTIP_MS = 5_000;

/**
 * Lines of the Downloads view: groups by state, and tasks. Only what changed is drawn again, so that the cost of a refresh
 * depends on what runs and not on how much is queued. While the view is hidden nothing is drawn.
 */
export class DownloadsTree implements vscode.TreeDataProvider<TreeNode>, Disposable {
  readonly #mirror: TaskMirror;
  readonly #changed = new vscode.EventEmitter<TreeNode[] | undefined>();
  readonly #disposables = new DisposableList();
  readonly #pacer = this.#disposables.add(new Pacer(REFRESH_GAP_MS, () => this.#refresh()));
  // The editor knows nodes by identity: the same task is the same object as long as it lives.
  readonly #taskNodes = new Map<TaskId, TaskNode>();
  readonly #groupNodes = new Map<TaskState, TreeNode>();
  readonly #dirtyTasks = new Set<TaskId>();
  readonly #dirtyGroups = new Set<TaskState>();
  #groups: ReadonlyMap<TaskState, readonly TaskSnapshot[]>;
  #shownGroups = '';
  /** The download whose tooltip was asked for last. */
  #read: { readonly id: TaskId; readonly untilMs: number } | null = null;
  /** What `lineState` was when a line was drawn last. */
  readonly #shownStates = new Map<TaskId, string>();
  #visible = false;

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(mirror: TaskMirror) {
    this.#mirror = mirror;
    this.#groups = groupTasks(mirror.tasks);
    this.#disposables.add(mirror.onDidChange((change) => this.#take(change)));
  }

  /** Told by the view. What happened while it was hidden is drawn when it comes back. */
  setVisible(visible: boolean): void {
    this.#visible = visible;
    if (visible) this.#pacer.runNow();
  }

  taskNode(id: TaskId): TaskNode {
    const node = this.#taskNodes.get(id) ?? { kind: 'task', id };
    this.#taskNodes.set(id, node);
    return node;
  }

  getChildren(parent?: TreeNode): TreeNode[] {
    if (!parent) return [...this.#groups.keys()].map((state) => this.#groupNode(state));
    if (parent.kind === 'task') return [];
    return (this.#groups.get(parent.state) ?? []).map((task) => this.taskNode(task.id));
  }

  getParent(node: TreeNode): TreeNode | undefined {
    const task = node.kind === 'task' ? this.#mirror.get(node.id) : undefined;
    return task && this.#groupNode(task.status.state);
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    if (node.kind === 'group') return groupItem(node.state, this.#groups.get(node.state)?.length ?? 0);
    const task = this.#mirror.get(node.id);
    // Gone between two refreshes; the next one takes the line away.
    if (!task) return new vscode.TreeItem('');
    const item = taskItem(task, t);
    this.#shownStates.set(task.id, lineState(item));
    return toTreeItem(item, task, node);
  }

  resolveTreeItem(item: vscode.TreeItem, node: TreeNode): vscode.TreeItem {
    const task = node.kind === 'task' ? this.#mirror.get(node.id) : undefined;
    if (task) {
      item.tooltip = tooltipMarkdown(task.name, taskTooltip(task, t));
      this.#read = { id: task.id, untilMs: performance.now() + TOOLTIP_MS };
    }
    return item;
  }

  dispose(): void {
    this.#disposables.dispose();
    this.#changed.dispose();
  }

  #take({ changes }: MirrorChange): void {
    const dirtyGroupsBefore = this.#dirtyGroups.size;
    for (const { id, before, after } of changes) {
      if (after) this.#dirtyTasks.add(id);
      else {
        // Its group is drawn; kept here, those that come and go while the view is hidden would pile up.
        this.#dirtyTasks.delete(id);
        this.#taskNodes.delete(id);
        this.#shownStates.delete(id);
      }
      if (before?.status.state === after?.status.state && before?.order === after?.order) continue;
      if (before) this.#dirtyGroups.add(before.status.state);
      if (after) this.#dirtyGroups.add(after.status.state);
    }
    if (!this.#visible) return;
    const isQuick = this.#mirror.tasks.length <= MOST_AT_ONCE;
    if (isQuick && this.#dirtyGroups.size > dirtyGroupsBefore) this.#pacer.runNow();
    else this.#pacer.request();
  }

  #refresh(): void {
    if (!this.#visible || (this.#dirtyTasks.size === 0 && this.#dirtyGroups.size === 0)) return;
    if (this.#dirtyGroups.size > 0) this.#groups = groupTasks(this.#mirror.tasks);
    const shownGroups = [...this.#groups.keys()].join();
    if (shownGroups !== this.#shownGroups) {
      this.#shownGroups = shownGroups;
      this.#changed.fire(undefined);
    } else {
      const tasks = [...this.#dirtyTasks].flatMap((id) => {
        const task = this.#mirror.get(id);
        return task && !this.#isRead(task) && !this.#dirtyGroups.has(task.status.state) ? [this.taskNode(id)] : [];
      });
      const groups = [...this.#dirtyGroups].map((state) => this.#groupNode(state));
      if (groups.length + tasks.length > 0) this.#changed.fire([...groups, ...tasks]);
    }
    this.#dirtyTasks.clear();
    this.#dirtyGroups.clear();
    // Its line is drawn when the time is over, whether or not it changes again.
    const read = this.#read && this.#mirror.get(this.#read.id);
    if (read && this.#isRead(read)) {
      this.#dirtyTasks.add(read.id);
      this.#pacer.request();
    }
  }

  /** Whether somebody may be reading the tooltip of a download, and its line needs no more than other words. */
  #isRead(task: TaskSnapshot): boolean {
    if (this.#read?.id !== task.id || performance.now() >= this.#read.untilMs) return false;
    return this.#shownStates.get(task.id) === lineState(taskItem(task, t));
  }

  #groupNode(state: TaskState): TreeNode {
    const node = this.#groupNodes.get(state) ?? { kind: 'group', state };
    this.#groupNodes.set(state, node);
    return node;
  }
}

function groupItem(state: TaskState, count: number): vscode.TreeItem {
  const label = stateLabel(state, t);
  const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.Expanded);
  item.id = `group:${state}`;
  item.description = String(count);
  item.contextValue = `group.${state}`;
  item.accessibilityInformation = { label: `${label}, ${count}`, role: 'treeitem' };
  return item;
}

function toTreeItem(data: TaskItem, task: TaskSnapshot, node: TaskNode): vscode.TreeItem {
  const item = new vscode.TreeItem(data.label, vscode.TreeItemCollapsibleState.None);
  item.id = data.id;
  item.description = data.description;
  item.contextValue = data.contextValue;
  item.accessibilityInformation = { label: data.accessibilityLabel, role: 'treeitem' };
  if (data.icon) {
    item.iconPath = new vscode.ThemeIcon(
      data.icon.id,
      data.icon.color ? new vscode.ThemeColor(data.icon.color) : undefined,
    );
  } else {
    item.iconPath = vscode.ThemeIcon.File;
    item.resourceUri = vscode.Uri.file(task.targetPath);
  }
  const args = [node, [node], KEEP_FOCUS];
  item.command =
    data.click === 'open'
      ? { command: COMMANDS.openFile, title: t('Open File'), arguments: args }
      : { command: COMMANDS.showPanel, title: t('Show Panel'), arguments: args };
  return item;
}
