import type { TaskId } from '../../contract/task.ts';

/** What the line has to know of a task. */
export interface WaitingTask {
  readonly id: TaskId;
  /** Lower ones come first; equal ones (a process ended in the middle of a swap) by their id. */
  readonly order: number;
}

interface Node {
  readonly task: WaitingTask;
  /** No node has a higher one than its parent: that, and nothing else, keeps the tree shallow. */
  readonly priority: number;
  left: Node | null;
  right: Node | null;
}

/**
 * The tasks that wait for a place, in order. A treap: whatever is done takes a time that grows with the logarithm of the
 * number of tasks, because something is done here whenever a task starts, ends, is paused or moved.
 */
export class WaitingLine {
  readonly #tasks = new Map<TaskId, WaitingTask>();
  #root: Node | null = null;
  #lastPriority = 1;

  get size(): number {
    return this.#tasks.size;
  }

  /** Who is next; null when nobody waits. */
  get first(): TaskId | null {
    let node = this.#root;
    while (node !== null && node.left !== null) node = node.left;
    return node?.task.id ?? null;
  }

  has(id: TaskId): boolean {
    return this.#tasks.has(id);
  }

  /** One that is in the line already gets its place by the new order. */
  add({ id, order }: WaitingTask): void {
    const known = this.#tasks.get(id);
    if (known?.order === order) return;
    this.remove(id);
    const task = { id, order };
    this.#tasks.set(id, task);
    const [before, after] = split(this.#root, task);
    const node: Node = { task, priority: this.#nextPriority(), left: null, right: null };
    this.#root = merge(merge(before, node), after);
  }

  /** One that is not in the line is fine. */
  remove(id: TaskId): void {
    const task = this.#tasks.get(id);
    if (task === undefined) return;
    this.#tasks.delete(id);
    this.#root = without(this.#root, task);
  }

  /** Who stands next to a task; null at the ends of the line, and when it is not in it. */
  neighbour(id: TaskId, direction: 'up' | 'down'): TaskId | null {
    const task = this.#tasks.get(id);
    if (task === undefined) return null;
    let found: WaitingTask | null = null;
    for (let node = this.#root; node !== null; ) {
      const wanted = direction === 'up' ? comesBefore(node.task, task) : comesBefore(task, node.task);
      if (wanted) found = node.task;
      node = wanted === (direction === 'up') ? node.right : node.left;
    }
    return found?.id ?? null;
  }

  /** As good as random (xorshift, Marsaglia 2003), and the same every time. */
  #nextPriority(): number {
    let x = this.#lastPriority;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#lastPriority = x;
    return x;
  }
}

function comesBefore(a: WaitingTask, b: WaitingTask): boolean {
  return a.order === b.order ? a.id < b.id : a.order < b.order;
}

/** Those before the task, and the others. */
function split(node: Node | null, task: WaitingTask): [Node | null, Node | null] {
  if (node === null) return [null, null];
  if (comesBefore(node.task, task)) {
    const [before, after] = split(node.right, task);
    node.right = before;
    return [node, after];
  }
  const [before, after] = split(node.left, task);
  node.left = after;
  return [before, node];
}

/** All of `a` come before all of `b`. */
function merge(a: Node | null, b: Node | null): Node | null {
  if (a === null) return b;
  if (b === null) return a;
  if (a.priority > b.priority) {
    a.right = merge(a.right, b);
    return a;
  }
  b.left = merge(a, b.left);
  return b;
}

function without(node: Node | null, task: WaitingTask): Node | null {
  if (node === null) return null;
  if (node.task === task) return merge(node.left, node.right);
  if (comesBefore(task, node.task)) node.left = without(node.left, task);
  else node.right = without(node.right, task);
  return node;
}
