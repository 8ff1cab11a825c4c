import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { startInProcessEngine } from '../inProcessEngine.ts';
import { Scope } from '../scope.ts';
import { type FaultyOrigin, startFaultyOrigin } from './faultyOrigin.ts';
import { runTransfer, type TransferGround, type WatchedEngine } from './runTransfer.ts';
import { TaskWatch } from './taskWatch.ts';
import { LANE_COUNTS } from './transferPlan.ts';

/** A stalled origin is noticed soon. */
const TIMEOUTS = { connectMs: 5000, firstByteMs: 1500, idleMs: 1500 };

export interface TransfersSummary {
  /** How they ended and what happened to them → how often. */
  readonly counts: Map<string, number>;
  readonly faults: Map<string, number>;
  /** One line per transfer that was not right, its seed first. */
  readonly wrong: string[];
}

/**
 * Runs one transfer per seed, `atOnce` of them side by side, against one origin and one engine per number of lanes; all
 * of that is closed afterwards. What is still open then is an entry of `wrong`.
 */
export async function runTransfers(
  seeds: readonly number[],
  folder: string,
  atOnce: number,
): Promise<TransfersSummary> {
  const scope = new Scope();
  const summary: TransfersSummary = { counts: new Map(), faults: new Map(), wrong: [] };
  try {
    const origin = await startFaultyOrigin(scope);
    const ground = await prepareGround(scope, origin, folder);
    const waiting = [...seeds];
    const work = async (): Promise<void> => {
      for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
        try {
          for (const note of await runTransfer(seed, ground)) count(summary.counts, note);
        } catch (error) {
          summary.wrong.push(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    await ground.close();
    await origin.log.quiet();
    for (const [kind, times] of origin.faults) summary.faults.set(kind, times);
    const left = readdirSync(join(folder, 'files'));
    if (left.length > 0) summary.wrong.push(`left over: ${left.join(', ')}`);
  } finally {
    await scope.close();
  }
  return summary;
}

async function prepareGround(
  scope: Scope,
  origin: FaultyOrigin,
  folder: string,
): Promise<TransferGround & { close(): Promise<void> }> {
  let states = 0;
  const start = async (lanes: number, stateFolder?: string): Promise<WatchedEngine> => {
    const engine = await startInProcessEngine(scope, {
      stateFolder: stateFolder ?? join(folder, 'states', String(++states)),
      folder,
      settings: { parallelTasks: 64, lanesPerTask: lanes, logLevel: 'off' },
      timeouts: TIMEOUTS,
    });
    return { engine, watch: new TaskWatch(scope, engine) };
  };
  const shared = new Map<number, WatchedEngine>();
  for (const lanes of LANE_COUNTS) shared.set(lanes, await start(lanes));
  return {
    origin,
    folder: join(folder, 'files'),
    engineWith: (lanes) => {
      const found = shared.get(lanes);
      if (found === undefined) throw new Error(`no engine has ${lanes} lanes`);
      return found;
    },
    ownEngine: start,
    close: async () => {
      for (const { engine } of shared.values()) await engine.close();
    },
  };
}

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}
