import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Scenario } from '../bench.ts';
import { atMost } from '../report.ts';
import { bytesRead, startChild } from '../runningChild.ts';
import { digestOfFile, serveFile } from '../servedFile.ts';
import { quantile } from '../statistics.ts';
import { megabytes } from '../units.ts';

const LIMIT = 20_000_000;
const LASTS_SECONDS = 14;
const LOOK_MS = 50;

interface Sample {
  readonly atMs: number;
  readonly bytes: number;
}

/** A limit of 20 MB/s, measured at the process's own reads and not where the program counts. */
export const rateLimit: Scenario = {
  number: 8,
  title: 'limit of 20 MB/s',
  async run(bench) {
    const file = serveFile(bench.served, 'limited.bin', LIMIT * LASTS_SECONDS);
    const target = join(bench.target, 'limited.bin');
    const command = bench.tributary(
      'get',
      '--quiet',
      '--limit',
      '20M',
      '-o',
      target,
      `${bench.origin.plain}/limited.bin`,
    );
    const began = performance.now();
    const { pid, ended } = startChild(bench, command, 60_000);
    let running = true;
    const exitCode = ended.finally(() => {
      running = false;
    });
    const samples: Sample[] = [];
    while (running) {
      const bytes = bytesRead(pid);
      if (bytes !== null) samples.push({ atMs: performance.now() - began, bytes });
      await delay(LOOK_MS);
    }
    if ((await exitCode) !== 0 || digestOfFile(target) !== file.sha256)
      throw new Error('the file did not arrive whole');
    rmSync(target);

    // Without the start, when the program reads itself, and without the end, when the file runs out.
    const last = samples.at(-1)?.atMs ?? 0;
    const steady = samples.filter(({ atMs }) => atMs >= 1000 && atMs <= last - 300);
    const deviation = (windowMs: number): number[] =>
      ratesOver(steady, windowMs).map((rate) => Math.abs(rate / LIMIT - 1));
    const [second, ten] = [deviation(1000), deviation(10_000)];
    if (second.length === 0 || ten.length === 0) throw new Error('the run was too short to be judged');
    const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
    return {
      setting: `${megabytes(file.sizeBytes)}; reads of the process, looked at every ${LOOK_MS} ms, in sliding windows.`,
      columns: ['window', 'furthest from the limit', '95 % of windows within'],
      rows: [
        ['10 s', percent(Math.max(...ten)), percent(quantile(ten, 0.95))],
        ['1 s', percent(Math.max(...second)), percent(quantile(second, 0.95))],
      ],
      checks: [
        atMost('furthest over 10 s', Math.max(...ten), 0.05, percent),
        atMost('furthest over 1 s', Math.max(...second), 0.2, percent),
      ],
      notes: [],
      data: { secondRates: ratesOver(steady, 1000), tenSecondRates: ratesOver(steady, 10_000) },
    };
  },
};

/** Bytes per second over every window of that length that begins with a sample. */
function ratesOver(samples: readonly Sample[], windowMs: number): number[] {
  return samples.flatMap((start) => {
    const end = samples.find(({ atMs }) => atMs >= start.atMs + windowMs);
    return end === undefined ? [] : [((end.bytes - start.bytes) * 1000) / (end.atMs - start.atMs)];
  });
}
