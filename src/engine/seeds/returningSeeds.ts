import { ERRORS, type ErrorCode } from '../../contract/errors.ts';
import type { TaskId } from '../../contract/task.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Disposable } from '../../kit/disposables.ts';
import { kindOf } from '../intake/address.ts';
import type { Task } from '../tasks/task.ts';

/** A download from seeds that failed. */
export interface StrandedTask {
  readonly id: TaskId;
  readonly code: ErrorCode;
  readonly receivedBytes: number;
  /** Its address and its mirrors. */
  readonly links: readonly string[];
}

/** Of a task that failed and has a seed among its links: that one; else nothing. */
export function strandedOf({ id, status, record, link, mirrorLinks, lacksSecrets }: Task): StrandedTask[] {
  if (status.state !== 'failed' || lacksSecrets) return [];
  const links = [link, ...mirrorLinks];
  if (!links.some((one) => kindOf(one) === 'seed')) return [];
  return [{ id, code: status.error.code, receivedBytes: record.receivedBytes, links }];
}

export interface ReturningSeedsComponents {
  readonly clock: Clock;
  /** Every failed download from seeds. */
  readonly failed: () => readonly StrandedTask[];
  /** Whether a seed offers the file now; never rejects. */
  readonly isOffered: (task: StrandedTask) => Promise<boolean>;
  readonly resume: (id: TaskId) => Promise<void>;
}

const LOOK_MS = 5000;
/** A seed that is there and gives nothing is not tried for ever at the same pace. */
const LONGEST_LOOKS = 120;

interface Watch {
  /** Looks to let pass before the next attempt, and how many it will be after that. */
  pause: number;
  nextPause: number;
  receivedBytes: number;
}

/** Lets downloads whose seeds had all gone go on as soon as one is back. */
export class ReturningSeeds implements Disposable {
  readonly #components: ReturningSeedsComponents;
  readonly #watches = new Map<TaskId, Watch>();
  readonly #timer: Disposable;
  #looking = false;

  constructor(components: ReturningSeedsComponents) {
    this.#components = components;
    this.#timer = components.clock.every(LOOK_MS, () => void this.#look());
  }

  dispose(): void {
    this.#timer.dispose();
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const stranded = this.#components.failed().filter(({ code }) => ERRORS[code].transient);
      await Promise.all(stranded.map((task) => this.#tryAgain(task)));
    } finally {
      this.#looking = false;
    }
  }

  async #tryAgain(task: StrandedTask): Promise<void> {
    const watch = this.#watchOf(task);
    if (watch.pause > 0) {
      watch.pause--;
      return;
    }
    if (!(await this.#components.isOffered(task))) return;
    watch.pause = watch.nextPause;
    watch.nextPause = Math.min(LONGEST_LOOKS, watch.nextPause * 2);
    // Somebody else may have moved it meanwhile.
    await this.#components.resume(task.id).catch(() => {});
  }

  #watchOf({ id, receivedBytes }: StrandedTask): Watch {
    const known = this.#watches.get(id);
    if (known !== undefined && known.receivedBytes === receivedBytes) return known;
    const watch = { pause: 0, nextPause: 1, receivedBytes };
    this.#watches.set(id, watch);
    return watch;
  }
}
