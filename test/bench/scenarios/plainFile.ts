import type { Scenario } from '../bench.ts';
import { compareContenders, STANDING_COLUMNS, standingData, standingOf, standingRows } from '../compareContenders.ts';
import { ours, peers } from '../peers.ts';
import { atMost } from '../report.ts';
import { mebibytes, megabytes, times } from '../units.ts';

/** One big file, without TLS. */
export const plainFile: Scenario = {
  number: 1,
  title: 'one big file, plain',
  async run(bench) {
    const contenders = [ours(bench), ...peers(bench, 'curl', 'aria2', 'axel', 'wget2', 'ipull')];
    const address = `${bench.origin.plain}/big.bin`;
    const standings = await compareContenders(bench, contenders, { address, file: bench.big });
    const own = standingOf(standings, 'tributary');
    const curl = standingOf(standings, 'curl');
    return {
      setting: `${mebibytes(bench.big.sizeBytes)} on loopback, at most 16 lanes.`,
      columns: STANDING_COLUMNS,
      rows: standingRows(standings),
      checks: [
        atMost('wall, to curl', own.wallMs / curl.wallMs, 0.75, times),
        atMost('wall, to aria2', own.wallMs / standingOf(standings, 'aria2').wallMs, 0.5, times),
        atMost('CPU, to curl', own.cpuMs / curl.cpuMs, 0.9, times),
        atMost('peak memory', own.peakBytes, 130e6, megabytes),
      ],
      notes: ['ipull is run once: it takes many times as long as the others.'],
      data: standingData(standings),
    };
  },
};
