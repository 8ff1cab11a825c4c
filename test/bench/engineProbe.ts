/**
 * A client of the engine in a process of its own, as the extension host is one: has one file downloaded several times, asks
 * for the list all the while, and prints how long answers took and how late its own event loop was, as JSON.
 *   node engineProbe.ts <address> <folder> <state folder> <downloads>
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { startEngineProcess } from '../support/engineProcess.ts';
import { Scope } from '../support/scope.ts';

const ASK_EVERY_MS = 10;
const PROBE_MS = 1;
const DEADLINE_MS = 60_000;

/** What the probe prints. */
export interface ProbeFigures {
  readonly answerMs: readonly number[];
  readonly downloadMs: readonly number[];
  readonly loopDelayP99Ms: number;
  readonly loopDelayMostMs: number;
}

async function probe(address: string, folder: string, stateFolder: string, downloads: number): Promise<ProbeFigures> {
  const scope = new Scope();
  try {
    const engine = await startEngineProcess(scope, { stateFolder, folder });
    const { rpc } = await engine.client();
    const answerMs: number[] = [];
    const downloadMs: number[] = [];
    const loop = monitorEventLoopDelay({ resolution: PROBE_MS });
    for (let download = 0; download <= downloads; download++) {
      const began = performance.now();
      const { id } = await rpc.request('add', { address, folder, fileName: 'probed.bin' });
      // The first one warms the caches.
      if (download === 1) loop.enable();
      for (;;) {
        const asked = performance.now();
        const { tasks } = await rpc.request('list', {});
        const now = performance.now();
        const state = tasks.find((task) => task.id === id)?.status.state;
        if (download > 0) answerMs.push(now - asked);
        if (state === 'completed') break;
        if (state === 'failed' || now - began > DEADLINE_MS) throw new Error(`the download is ${state}`);
        await delay(ASK_EVERY_MS);
      }
      if (download > 0) downloadMs.push(performance.now() - began);
      rmSync(join(folder, 'probed.bin'));
      await rpc.request('clearCompleted', {});
    }
    loop.disable();
    const ms = (nanoseconds: number): number => nanoseconds / 1e6;
    return { answerMs, downloadMs, loopDelayP99Ms: ms(loop.percentile(99)), loopDelayMostMs: ms(loop.max) };
  } finally {
    await scope.close();
  }
}

const [address = '', folder = '', stateFolder = '', downloads = '1'] = process.argv.slice(2);
console.log(JSON.stringify(await probe(address, folder, stateFolder, Number(downloads))));
