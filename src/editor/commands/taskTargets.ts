import * as vscode from 'vscode';
import type { TaskSnapshot, TaskState } from '../../contract/task.ts';
import { iconless } from '../iconless.ts';
import { localize as t } from '../localize.ts';
import { GROUP_ORDER } from '../taskGroups.ts';
import type { TaskMirror } from '../taskMirror.ts';
import { stateLabel, taskDescription } from '../taskText.ts';
import { isTreeNode, type TreeNode } from '../views/treeNode.ts';

/** What a command that acts on downloads says when it has to ask. */
export interface TargetQuestion {
  readonly states: readonly TaskState[];
  /** Others that fit, whatever their state. */
  readonly also?: (task: TaskSnapshot) => boolean;
  /** Which one? */
  readonly ask: string;
  /** There is none. */
  readonly none: string;
}

/** Of downloads that can still be changed. */
export const UNFINISHED: readonly TaskState[] = ['active', 'queued', 'paused', 'failed'];

/** The tasks that lines of the tree stand for; a group stands for all that is in it. */
export function tasksOf(nodes: readonly TreeNode[], mirror: TaskMirror): TaskSnapshot[] {
  const tasks = nodes.flatMap((node) =>
    node.kind === 'task'
      ? (mirror.get(node.id) ?? [])
      : mirror.tasks.filter((task) => task.status.state === node.state),
  );
  return [...new Set(tasks)];
}

/** The arguments of a command as lines of the tree: the line it was called on, and all that are selected with it. */
export function nodesOf(args: readonly unknown[]): TreeNode[] {
  const [node, selection] = args;
  const selected = Array.isArray(selection) ? selection.filter(isTreeNode) : [];
  if (selected.length > 0) return selected;
  return isTreeNode(node) ? [node] : [];
}

/** The line alone that a command was called on, whatever is selected with it: for commands that are about one thing. */
export function oneOf([node]: readonly unknown[]): readonly unknown[] {
  return [node];
}

/** Behind the lines of a click in a view, so that arrows and Delete go on from there, as in the Explorer. */
export const KEEP_FOCUS = { preserveFocus: true } as const;

export function keepsFocus([, , options]: readonly unknown[]): boolean {
  return (
    typeof options === 'object' && options !== null && 'preserveFocus' in options && options.preserveFocus === true
  );
}

/** Which downloads a command is about: those it was called on, else the only fitting one, else the user's choice. */
export async function pickTargets(
  args: readonly unknown[],
  question: TargetQuestion,
  mirror: TaskMirror,
): Promise<readonly TaskSnapshot[]> {
  const nodes = nodesOf(args);
  const fits = (task: TaskSnapshot) => question.states.includes(task.status.state) || question.also?.(task) === true;
  if (nodes.length > 0) return tasksOf(nodes, mirror).filter(fits);
  const candidates = mirror.tasks.filter(fits).sort(compareForPick);
  if (candidates.length === 0) {
    void vscode.window.showInformationMessage(question.none);
    return [];
  }
  const [only] = candidates;
  if (candidates.length === 1 && only) return [only];
  const items = candidates.map((task) => ({
    label: iconless(task.name),
    description: stateLabel(task.status.state, t),
    detail: taskDescription(task, t),
    task,
  }));
  const picked = await vscode.window.showQuickPick(items, { placeHolder: question.ask, matchOnDescription: true });
  return picked ? [picked.task] : [];
}

function compareForPick(left: TaskSnapshot, right: TaskSnapshot): number {
  const byState = GROUP_ORDER.indexOf(left.status.state) - GROUP_ORDER.indexOf(right.status.state);
  return byState || left.order - right.order;
}
