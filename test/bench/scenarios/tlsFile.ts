import type { Scenario } from '../bench.ts';
import { compareContenders, STANDING_COLUMNS, standingData, standingOf, standingRows } from '../compareContenders.ts';
import { axelWith, ours, peers } from '../peers.ts';
import { atMost } from '../report.ts';
import { mebibytes, times } from '../units.ts';

/** One big file over TLS; the certificate is checked. */
export const tlsFile: Scenario = {
  number: 2,
  title: 'one big file, TLS',
  async run(bench) {
    const contenders = [ours(bench), ...peers(bench, 'curl', 'aria2', 'wget2'), axelWith(bench, 16, true)];
    const address = `${bench.origin.tls}/big.bin`;
    const standings = await compareContenders(bench, contenders, { address, file: bench.big });
    const own = standingOf(standings, 'tributary');
    return {
      setting: `${mebibytes(bench.big.sizeBytes)} on loopback, TLS 1.3 where the program can, at most 16 lanes.`,
      columns: STANDING_COLUMNS,
      rows: standingRows(standings),
      checks: [
        atMost('wall, to curl', own.wallMs / standingOf(standings, 'curl').wallMs, 0.95, times),
        atMost('wall, to aria2', own.wallMs / standingOf(standings, 'aria2').wallMs, 0.75, times),
      ],
      notes: ['All check the certificate but axel, which has no option for an authority of our own.'],
      data: standingData(standings),
    };
  },
};
