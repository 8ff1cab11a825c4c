import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { FAULT_KINDS } from '../support/randomTransfers/faults.ts';
import { runTransfers, type TransfersSummary } from '../support/randomTransfers/runTransfers.ts';
import { useScope } from '../support/scope.ts';
import { tempFolder } from '../support/tempFolder.ts';
import { mountTmpfs, whyNoTmpfs } from '../support/tmpfs.ts';
import { waitFor } from '../support/waitFor.ts';

const TRANSFERS = Number(process.env.TRIBUTARY_TRANSFERS ?? 10_000);
/** What a host was asked to put up with is remembered by an engine: fresh engines bring many lanes back. */
const PER_ROUND = 1000;
const ROUNDS_AT_ONCE = 4;
const AT_ONCE = 50;
const DEADLINE_MS = 420_000;

describe('random transfers against a faulty origin', () => {
  const scope = useScope();
  const only = process.env.TRIBUTARY_SEED;
  const seeds = only === undefined ? seedsFrom(randomInt(1_000_000_000), TRANSFERS) : seedsFrom(Number(only), 1);

  it(`${seeds.length} of them: complete is right, everything ends, nothing is left open`, async function () {
    this.timeout(DEADLINE_MS);
    console.log(`      seeds ${seeds[0]} to ${seeds.at(-1)}; TRIBUTARY_SEED=<seed> runs one of them alone`);
    // In memory where that can be had: what is flushed ten thousand times costs minutes on some disks.
    const folder = whyNoTmpfs() === null ? mountTmpfs(scope, 1 << 30).folder : tempFolder(scope);
    const filesBefore = openFiles();
    const began = performance.now();
    const rounds = roundsOf(seeds, folder);
    const summaries: TransfersSummary[] = [];
    const work = async (): Promise<void> => {
      for (let round = rounds.shift(); round !== undefined; round = rounds.shift()) {
        summaries.push(await runTransfers(round.seeds, round.folder, AT_ONCE));
      }
    };
    await Promise.all(Array.from({ length: ROUNDS_AT_ONCE }, work));

    const counts = total(summaries.map((summary) => summary.counts));
    const faults = total(summaries.map((summary) => summary.faults));
    const seconds = (performance.now() - began) / 1000;
    console.log(`      ${seeds.length} transfers in ${seconds.toFixed(1)} s`);
    for (const line of [...lines(counts), '', ...lines(faults)]) console.log(`        ${line}`);
    const wrong = summaries.flatMap((summary) => summary.wrong);
    assert.deepEqual(wrong, [], `${wrong.length} of ${seeds.length} were not right`);
    await waitFor('all files and sockets to be closed', () => openFiles() <= filesBefore);
    if (seeds.length < PER_ROUND) return;
    assert.deepEqual(
      FAULT_KINDS.filter((kind) => !faults.has(kind)),
      [],
      'every fault was met',
    );
    assert.ok((counts.get('completed') ?? 0) > 0.7 * seeds.length, 'most of them completed at the first try');
  });
});

function seedsFrom(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, n) => first + n);
}

function roundsOf(seeds: readonly number[], folder: string): { seeds: readonly number[]; folder: string }[] {
  return Array.from({ length: Math.ceil(seeds.length / PER_ROUND) }, (_, n) => {
    const own = join(folder, String(n));
    mkdirSync(join(own, 'files'), { recursive: true });
    mkdirSync(join(own, 'states'));
    return { seeds: seeds.slice(n * PER_ROUND, (n + 1) * PER_ROUND), folder: own };
  });
}

function total(counts: readonly Map<string, number>[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [what, times] of counts.flatMap((map) => [...map])) sums.set(what, (sums.get(what) ?? 0) + times);
  return sums;
}

function lines(counts: Map<string, number>): string[] {
  return [...counts].sort((a, b) => b[1] - a[1]).map(([what, times]) => `${String(times).padStart(6)} ${what}`);
}

/** Open files and sockets of this process; 0 where that cannot be told. */
function openFiles(): number {
  return process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0;
}
