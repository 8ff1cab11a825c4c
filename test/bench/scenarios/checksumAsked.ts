import type { Scenario } from '../bench.ts';
import { compareContenders, STANDING_COLUMNS, standingData, standingRows } from '../compareContenders.ts';
import { ours } from '../peers.ts';
import { atMost } from '../report.ts';
import { mebibytes, times } from '../units.ts';

/** The first scenario again, with the file's SHA-256 to be checked by the program itself. */
export const checksumAsked: Scenario = {
  number: 10,
  title: 'SHA-256 asked',
  async run(bench) {
    const checked = ours(bench, '--checksum', `sha256:${bench.big.sha256}`);
    const contenders = [{ ...checked, name: 'tributary get --checksum sha256' }, ours(bench)];
    const address = `${bench.origin.plain}/big.bin`;
    const standings = await compareContenders(bench, contenders, { address, file: bench.big });
    const [withDigest, without] = standings;
    const ratio = (withDigest?.wallMs ?? Number.NaN) / (without?.wallMs ?? Number.NaN);
    return {
      setting: `${mebibytes(bench.big.sizeBytes)} on loopback, plain.`,
      columns: STANDING_COLUMNS,
      rows: standingRows(standings),
      checks: [atMost('wall, to the same without a checksum', ratio, 1.15, times)],
      notes: [],
      data: standingData(standings),
    };
  },
};
