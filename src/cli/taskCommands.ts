import { resolve } from 'node:path';
import { TributaryError, toTributaryError } from '../contract/errors.ts';
import type { TaskSnapshot } from '../contract/task.ts';
import { listRunning } from '../engine/registry.ts';
import { errorLine } from './errorLine.ts';
import { EXIT_COMPLETE } from './exitCode.ts';
import type { CommonOptions } from './getPlan.ts';
import { taskJson } from './jsonLines.ts';
import { connectEngine, type RunningEngine } from './runningEngine.ts';
import { taskTable } from './taskTable.ts';
import { withoutControls } from './textWidth.ts';

/** What may be asked of one download of a running engine, and how the answer is worded. */
const DONE = { pause: 'paused', resume: 'resumed', cancel: 'cancelled' } as const;

export type TaskAction = keyof typeof DONE;

interface Found {
  readonly engine: RunningEngine;
  readonly tasks: readonly TaskSnapshot[];
}

/** `tributary list`: the downloads of all running engines of this user, or of the one in `--state`. */
export async function runList(options: CommonOptions & { readonly json?: boolean }): Promise<number> {
  await withEngines(options, async (found) => {
    const tasks = found.flatMap((one) => one.tasks.toSorted((a, b) => a.order - b.order));
    if (options.json) {
      for (const task of tasks) process.stdout.write(`${JSON.stringify(taskJson(task))}\n`);
    } else if (tasks.length > 0) {
      process.stdout.write(`${taskTable(tasks).join('\n')}\n`);
    } else {
      process.stderr.write(found.length === 0 ? 'No engine is running here.\n' : 'No downloads.\n');
    }
  });
  return EXIT_COMPLETE;
}

/**
 * `tributary pause | resume | cancel <id>`.
 * @throws TributaryError `engine-not-running`, `unknown-task`, and what the engine answers
 */
export async function runTaskAction(action: TaskAction, id: string, options: CommonOptions): Promise<number> {
  await withEngines(options, async (found) => {
    if (found.length === 0) throw new TributaryError('engine-not-running');
    for (const { engine, tasks } of found) {
      const task = tasks.find((candidate) => candidate.id === id);
      if (task === undefined) continue;
      await engine.request(action, { id });
      process.stdout.write(`${DONE[action]} ${id} ${withoutControls(task.name)}\n`);
      return;
    }
    throw new TributaryError('unknown-task', { id });
  });
  return EXIT_COMPLETE;
}

async function withEngines(options: CommonOptions, work: (found: readonly Found[]) => Promise<void>): Promise<void> {
  const folders = options.state === undefined ? await listRunning() : [resolve(options.state)];
  const engines: RunningEngine[] = [];
  try {
    const looks = folders.map(async (folder): Promise<Found[]> => {
      const engine = await connectEngine(folder);
      if (engine === null) return [];
      engines.push(engine);
      return [{ engine, tasks: (await engine.request('list', {})).tasks }];
    });
    const found: Found[] = [];
    for (const look of await Promise.allSettled(looks)) {
      if (look.status === 'fulfilled') found.push(...look.value);
      // One that does not answer must not hide the others; the only one that was asked for must not be passed over.
      else if (options.state !== undefined) throw look.reason;
      else process.stderr.write(`${errorLine(toTributaryError(look.reason))}\n`);
    }
    await work(found);
  } finally {
    for (const engine of engines) engine.dispose();
  }
}
