import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Bench, Scenario } from '../bench.ts';
import { atLeast, atMost } from '../report.ts';
import { startChild } from '../runningChild.ts';
import type { ServedFile } from '../servedFile.ts';
import { digestOfFile, serveFile } from '../servedFile.ts';
import { median } from '../statistics.ts';
import { mebibytes, seconds, times } from '../units.ts';

const TASKS = 8;
const LOOK_MS = 20;
const DEADLINE_MS = 60_000;

/** Eight files at once from one host, beside one file of the same size in all. */
export const tasksAtOnce: Scenario = {
  number: 7,
  title: '8 tasks at once, one host',
  async run(bench) {
    const part = serveFile(bench.served, 'eighth.bin', bench.big.sizeBytes / TASKS);
    const [alone, together, spreads]: [number[], number[], number[]] = [[], [], []];
    for (let round = 0; round <= Math.min(3, bench.options.rounds); round++) {
      const one = await fetchOne(bench);
      const eight = await fetchEight(bench, part);
      if (round === 0) continue;
      alone.push(one);
      together.push(eight.wallMs);
      spreads.push(eight.spread);
    }
    const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;
    return {
      setting: `${TASKS} × ${mebibytes(part.sizeBytes)} beside 1 × ${mebibytes(bench.big.sizeBytes)}, process start included.`,
      columns: ['', 'wall, median', 'runs'],
      rows: [
        ['one task', seconds(median(alone)), String(alone.length)],
        [`${TASKS} tasks`, seconds(median(together)), String(together.length)],
      ],
      checks: [
        atLeast('total speed, to one task', median(alone) / median(together), 0.9, times),
        atMost('furthest task from the mean, when the first is complete', median(spreads), 0.2, percent),
      ],
      notes: [`Furthest from the mean in each run: ${spreads.map(percent).join(', ')}.`],
      data: { aloneMs: alone, togetherMs: together, spreads },
    };
  },
};

async function fetchOne(bench: Bench): Promise<number> {
  const target = join(bench.target, 'one.bin');
  const command = bench.tributary('get', '--quiet', '-o', target, `${bench.origin.plain}/big.bin`);
  const began = performance.now();
  const exitCode = await startChild(bench, command, DEADLINE_MS).ended;
  const wallMs = performance.now() - began;
  check(exitCode, target, bench.big);
  return wallMs;
}

async function fetchEight(bench: Bench, part: ServedFile): Promise<{ wallMs: number; spread: number }> {
  const names = Array.from({ length: TASKS }, (_, index) => `${index + 1}-eighth.bin`);
  const list = join(bench.served, 'eight.txt');
  writeFileSync(list, names.map((name) => `${bench.origin.plain}/copies/${name}\n`).join(''));
  const began = performance.now();
  const command = bench.tributary('get', '--quiet', '-j', String(TASKS), '-d', bench.target, '-i', list);
  const { child, ended } = startChild(bench, command, DEADLINE_MS);
  const done = ended.then(() => performance.now() - began);
  let spread = 0;
  while (child.exitCode === null && child.signalCode === null) {
    const written = names.map((name) => writtenBytes(join(bench.target, name)));
    const mean = written.reduce((sum, bytes) => sum + bytes, 0) / TASKS;
    // The last look before one of them is complete counts: early on, a single write is a large share.
    if (written.every((bytes) => bytes < part.sizeBytes) && mean > 0) {
      spread = Math.max(...written.map((bytes) => Math.abs(bytes - mean))) / mean;
    }
    await delay(LOOK_MS);
  }
  const wallMs = await done;
  for (const name of names) check(child.exitCode, join(bench.target, name), part);
  return { wallMs, spread };
}

/** What the file system holds of a file or its part, holes not counted. */
function writtenBytes(target: string): number {
  const { blocks } = statSync(`${target}.part`, { throwIfNoEntry: false }) ??
    statSync(target, { throwIfNoEntry: false }) ?? { blocks: 0 };
  return blocks * 512;
}

function check(exitCode: number | null, target: string, file: ServedFile): void {
  if (exitCode !== 0) throw new Error(`tributary get ended with ${exitCode}`);
  if (digestOfFile(target) !== file.sha256) throw new Error(`${target} has wrong bytes`);
  rmSync(target);
}
