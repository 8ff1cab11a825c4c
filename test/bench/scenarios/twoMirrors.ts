import { basename, dirname } from 'node:path';
import type { Bench, Scenario } from '../bench.ts';
import { compareContenders, STANDING_COLUMNS, standingData, standingOf, standingRows } from '../compareContenders.ts';
import { CAP_BYTES_PER_SECOND, SLOW_CAP_BYTES_PER_SECOND } from '../origin.ts';
import { type Contender, ours } from '../peers.ts';
import { atMost } from '../report.ts';
import { serveFile } from '../servedFile.ts';
import { MIB, mebibytes, times } from '../units.ts';

const LANES_EACH = 8;

/** One file on a fast and a slow mirror: the slow one must help without anybody waiting for it in the end. */
export const twoMirrors: Scenario = {
  number: 4,
  title: 'two mirrors, 4 MiB/s and 200 KiB/s for each connection',
  async run(bench) {
    const file = serveFile(bench.served, 'mirrored.bin', (bench.options.quick ? 128 : 256) * MIB);
    const address = `${bench.origin.capped}/mirrored.bin`;
    const slow = `${bench.origin.slow}/mirrored.bin`;
    const lanes = String(2 * LANES_EACH);
    const contenders = [
      ours(bench, '--connections', lanes, '--mirror', slow),
      aria2(bench, slow, []),
      aria2(bench, slow, ['--uri-selector=adaptive']),
    ];
    // The servers' clocks decide, not the machine's load.
    const rounds = Math.min(3, bench.options.rounds);
    const standings = await compareContenders(bench, contenders, { address, file, rounds, warmUp: false });
    const idealMs = (file.sizeBytes / (LANES_EACH * (CAP_BYTES_PER_SECOND + SLOW_CAP_BYTES_PER_SECOND))) * 1000;
    return {
      setting: `${mebibytes(file.sizeBytes)}; with ${LANES_EACH} connections to each, both at work to the end, it would take ${(idealMs / 1000).toFixed(2)} s.`,
      columns: STANDING_COLUMNS,
      rows: standingRows(standings),
      checks: [atMost('wall, to that', standingOf(standings, 'tributary').wallMs / idealMs, 1.1, times)],
      notes: ['Ours shares its 16 connections out as it sees fit, and moves them to the faster mirror.'],
      data: standingData(standings),
    };
  },
};

function aria2(bench: Bench, mirror: string, more: readonly string[]): Contender {
  const path = bench.programs.aria2;
  return {
    name: ['aria2c -x8 -s16 -k1M', ...more].join(' '),
    command:
      path === null
        ? null
        : (address, target) => {
            const fast = ['-q', `-x${LANES_EACH}`, '-s16', '-k1M', '--file-allocation=none', '--no-conf=true', ...more];
            return [path, [...fast, '-d', dirname(target), '-o', basename(target), address, mirror]];
          },
  };
}
