import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineEvents } from '../../../src/contract/engineApi.ts';
import { DEFAULT_SETTINGS } from '../../../src/contract/settings.ts';
import type { EngineClient } from '../../support/engineProcess.ts';
import { startEngineProcess } from '../../support/engineProcess.ts';
import { waitFor } from '../../support/waitFor.ts';
import type { Scenario } from '../bench.ts';
import { atMost } from '../report.ts';
import { median } from '../statistics.ts';
import { milliseconds, times } from '../units.ts';

const COUNTS = [1, 10, 100, 1000];
const SAMPLES = 15;

interface Costs {
  readonly tasks: number;
  readonly addMs: number;
  readonly pauseMs: number;
  readonly resumeMs: number;
  readonly listMs: number;
  /** Of the notification that tells of one change. */
  readonly changeTasks: number;
  /** The same as JSON, for each task in it. */
  readonly changeBytes: number;
}

/** What one operation costs while more and more tasks wait. */
export const queueGrowth: Scenario = {
  number: 12,
  title: 'growth of the queue: 1 to 1000 tasks',
  async run(bench) {
    const stateFolder = mkdtempSync(join(bench.target, 'state-'));
    const engine = await startEngineProcess(bench.scope, { stateFolder, folder: bench.target });
    process.once('exit', () => engine.child.kill('SIGKILL'));
    const client = await engine.client();
    await client.request('configure', { ...DEFAULT_SETTINGS, parallelTasks: 1 });
    // It runs as long as the scenario lasts, so that all others wait.
    await client.add(`${bench.origin.plain}/crawl/big.bin`);
    const address = (index: number): string => `${bench.origin.plain}/copies/${index}-big.bin`;
    const costs: Costs[] = [];
    let added = 0;
    for (const tasks of COUNTS) {
      // The engine holds the running one, too.
      let last: string | null = null;
      while (added < tasks - 1) last = await client.add(address(added++));
      // What is told of them must not be counted as told of the changes that follow.
      await waitFor('the notification of the last task', () => last === null || isTold(client, last));
      const addMs: number[] = [];
      const pauseMs: number[] = [];
      const resumeMs: number[] = [];
      const listMs: number[] = [];
      const changeTasks: number[] = [];
      const changeBytes: number[] = [];
      for (let sample = 0; sample < SAMPLES; sample++) {
        const began = performance.now();
        const id = await client.add(address(10_000 + sample));
        addMs.push(performance.now() - began);
        pauseMs.push(await timed(() => client.request('pause', { id })));
        const change = await changeOf(client, id);
        changeTasks.push(change.tasks.length);
        changeBytes.push(JSON.stringify(change).length / change.tasks.length);
        resumeMs.push(await timed(() => client.request('resume', { id })));
        listMs.push(await timed(() => client.request('list', undefined)));
        await client.request('cancel', { id });
      }
      costs.push({
        tasks,
        addMs: median(addMs),
        pauseMs: median(pauseMs),
        resumeMs: median(resumeMs),
        listMs: median(listMs),
        changeTasks: Math.max(...changeTasks),
        changeBytes: median(changeBytes),
      });
    }
    client.disconnect();
    await engine.kill();

    const [few, many] = [costs[1], costs.at(-1)];
    if (few === undefined || many === undefined) throw new Error('nothing was measured');
    return {
      setting: `One task runs, the others wait; an engine process, its state folder beside the downloads, median of ${SAMPLES}.`,
      columns: ['tasks', 'add', 'pause', 'resume', 'whole list', 'told of one change, at most', 'a task told'],
      rows: costs.map(({ tasks, addMs, pauseMs, resumeMs, listMs, changeTasks, changeBytes }) => [
        String(tasks),
        milliseconds(addMs),
        milliseconds(pauseMs),
        milliseconds(resumeMs),
        milliseconds(listMs),
        `${changeTasks} tasks`,
        `${changeBytes.toFixed(0)} bytes`,
      ]),
      checks: [
        // log 1000 / log 10: what O(log n) may cost.
        atMost('add: 1000 tasks to 10', many.addMs / few.addMs, 3, times),
        atMost('pause: 1000 tasks to 10', many.pauseMs / few.pauseMs, 3, times),
        atMost('resume: 1000 tasks to 10', many.resumeMs / few.resumeMs, 3, times),
        // The running task's progress may ride along.
        atMost('tasks told of in a notification of one change, 1000 tasks', many.changeTasks, 2, String),
      ],
      notes: ['The whole list is asked for once, when a client connects; it grows with what it holds.'],
      data: costs,
    };
  },
};

function isTold(client: EngineClient, id: string): boolean {
  return client.changes.some(({ change }) => change.tasks.some((task) => task.id === id));
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await run();
  return performance.now() - began;
}

/** Waits for the notification that tells of the pause. */
async function changeOf(client: EngineClient, id: string): Promise<EngineEvents['changed']> {
  const { change } = await waitFor('the notification of a pause', () =>
    client.changes.findLast(({ change: { tasks } }) =>
      tasks.some((task) => task.id === id && task.status.state === 'paused'),
    ),
  );
  return change;
}
