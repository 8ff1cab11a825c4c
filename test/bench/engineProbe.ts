/**
 * A client of the engine in a process of its own, as the extension host is one: has one file downloaded several times, asks
 * for the list all the while, and prints how long answers took and how late its own event loop was, as JSON.
 *   node engineProbe.ts <address> <folder> <state folder> <downloads> <SHA-256>
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startEngineProcess } from '../support/engineProcess.ts';
import { Scope } from '../support/scope.ts';
import { digestOfFile } from './servedFile.ts';

const ASK_EVERY_MS = 10;
const PROBE_MS = 5;
const DEADLINE_MS = 60_000;

/** What the probe prints. */
export interface ProbeFigures {
  readonly answerMs: readonly number[];
  readonly downloadMs: readonly number[];
  /** How much later than asked each timer of the client ran. */
  readonly loopLateMs: readonly number[];
}

interface ProbeOptions {
  readonly folder: string;
  readonly stateFolder: string;
  readonly downloads: number;
  readonly sha256: string;
}

async function probe(address: string, { folder, stateFolder, downloads, sha256 }: ProbeOptions): Promise<ProbeFigures> {
  const scope = new Scope();
  try {
    const engine = await startEngineProcess(scope, { stateFolder, folder });
    const { rpc } = await engine.client();
    const answerMs: number[] = [];
    const downloadMs: number[] = [];
    const loop = watchLoop(scope);
    for (let download = 0; download <= downloads; download++) {
      const began = performance.now();
      const { id } = await rpc.request('add', { address, folder, fileName: 'probed.bin' });
      // The first one warms the caches.
      if (download > 0) loop.resume();
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
      // Hashing here blocks this process, which is not the engine's doing.
      loop.rest();
      const path = join(folder, 'probed.bin');
      if (digestOfFile(path) !== sha256) throw new Error('the download has wrong bytes');
      rmSync(path);
      await rpc.request('clearCompleted', {});
    }
    return { answerMs, downloadMs, loopLateMs: loop.lateMs };
  } finally {
    await scope.close();
  }
}

/** Node's own histogram would count the time while it is switched off. */
function watchLoop(scope: Scope): { readonly lateMs: readonly number[]; resume(): void; rest(): void } {
  const lateMs: number[] = [];
  let lastMs: number | null = null;
  const timer = setInterval(() => {
    const now = performance.now();
    if (lastMs !== null) lateMs.push(Math.max(0, now - lastMs - PROBE_MS));
    if (lastMs !== null) lastMs = now;
  }, PROBE_MS);
  scope.defer(() => clearInterval(timer));
  return {
    lateMs,
    resume: () => {
      lastMs = performance.now();
    },
    rest: () => {
      lastMs = null;
    },
  };
}

const [address = '', folder = '', stateFolder = '', downloads = '1', sha256 = ''] = process.argv.slice(2);
console.log(JSON.stringify(await probe(address, { folder, stateFolder, downloads: Number(downloads), sha256 })));
