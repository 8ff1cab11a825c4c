/**
 * A program: one engine that runs tasks and tells what it holds. Started with `--expose-gc` and told what to do by its
 * parent, so that the memory of servers and tests is not counted.
 */
import { readdirSync } from 'node:fs';
import type { TaskId, TaskSnapshot } from '../../../src/contract/task.ts';
import { startInProcessEngine } from '../inProcessEngine.ts';
import { Scope } from '../scope.ts';
import { waitFor } from '../waitFor.ts';
import type { Held, ProbeAnswer, ProbeOrder, TaskEnd } from './probeOrder.ts';

/** Tasks on the list at a time: what a list of a thousand costs is another question. */
const AT_ONCE = 20;

const [stateFolder = '', folder = ''] = process.argv.slice(2);
const collect = (globalThis as { gc?: () => void }).gc;
const scope = new Scope();
const engine = await startInProcessEngine(scope, {
  stateFolder,
  folder,
  settings: { parallelTasks: AT_ONCE, lanesPerTask: 4, logLevel: 'off' },
});

process.on('message', (order: ProbeOrder) => {
  const answer = (value: ProbeAnswer): void => void process.send?.(value);
  carryOut(order).then(
    () => answer({ held: held() }),
    (error: unknown) => answer({ error: String(error) }),
  );
});
process.send?.('ready');

async function carryOut(order: ProbeOrder): Promise<void> {
  if (order.kind === 'close') {
    await scope.close();
    process.disconnect?.();
  }
  if (order.kind !== 'run') return;
  for (let done = 0; done < order.tasks; done += AT_ONCE) await runTasks(order.addresses, order.end);
}

/** Adds tasks, brings them to that end and takes them off the list. */
async function runTasks(addresses: readonly string[], end: TaskEnd): Promise<void> {
  const ids: TaskId[] = [];
  for (let n = 0; n < AT_ONCE; n++) ids.push(await engine.add(addresses[n % addresses.length] ?? ''));
  if (end === 'paused' || end === 'cancelled') {
    await all(ids, 'to receive', ({ receivedBytes }) => receivedBytes > 0);
    await Promise.all(ids.map((id) => engine.request(end === 'paused' ? 'pause' : 'cancel', { id })));
  }
  if (end === 'cancelled') return;
  await all(ids, `to be ${end}`, ({ status }) => status.state === end);
  // What did not complete leaves a part, and a part left behind is a name taken.
  const leave = end === 'completed' ? 'remove' : 'cancel';
  await Promise.all(ids.map((id) => engine.request(leave, { id })));
}

async function all(ids: readonly TaskId[], what: string, check: (task: TaskSnapshot) => boolean): Promise<void> {
  await waitFor(
    `${ids.length} tasks ${what}`,
    async () => {
      const { tasks } = await engine.request('list', undefined);
      const byId = new Map(tasks.map((task) => [task.id, task]));
      return ids.every((id) => {
        const task = byId.get(id);
        return task !== undefined && check(task);
      });
    },
    60_000,
  );
  // The test's own memory of what it was told.
  engine.changes.length = 0;
}

function held(): Held {
  collect?.();
  collect?.();
  return {
    heapBytes: process.memoryUsage().heapUsed,
    descriptors: process.platform === 'linux' ? readdirSync('/proc/self/fd').length : null,
    connections: process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length,
  };
}
