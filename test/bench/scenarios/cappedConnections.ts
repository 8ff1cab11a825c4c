import type { Scenario } from '../bench.ts';
import { compareContenders, STANDING_COLUMNS, standingData, standingOf, standingRows } from '../compareContenders.ts';
import { CAP_BYTES_PER_SECOND } from '../origin.ts';
import { axelWith, ours, peers } from '../peers.ts';
import { atMost } from '../report.ts';
import { serveFile } from '../servedFile.ts';
import { MIB, mebibytes, times } from '../units.ts';

const LANES = 16;

/** The server holds each connection to a rate: many lanes have to be there soon, and to stay busy to the end. */
export const cappedConnections: Scenario = {
  number: 3,
  title: 'each connection capped at 4 MiB/s',
  async run(bench) {
    const file = serveFile(bench.served, 'capped.bin', (bench.options.quick ? 128 : 256) * MIB);
    const contenders = [ours(bench), ...peers(bench, 'aria2'), axelWith(bench, 16), axelWith(bench, 32)];
    // The server's clock decides, not the machine's load: neither a warm-up nor many rounds tell more.
    const rounds = Math.min(3, bench.options.rounds);
    const address = `${bench.origin.capped}/capped.bin`;
    const standings = await compareContenders(bench, contenders, { address, file, rounds, warmUp: false });
    const idealMs = (file.sizeBytes / (LANES * CAP_BYTES_PER_SECOND)) * 1000;
    return {
      setting: `${mebibytes(file.sizeBytes)}; size / (${LANES} lanes × cap) is ${(idealMs / 1000).toFixed(2)} s.`,
      columns: STANDING_COLUMNS,
      rows: standingRows(standings),
      checks: [
        atMost(
          'wall, ramp-up included, to size / (16 lanes × cap)',
          standingOf(standings, 'tributary').wallMs / idealMs,
          1.15,
          times,
        ),
      ],
      notes: [
        'nginx reckons in whole seconds and gives every request its first second at once, so many short requests can come in below that.',
      ],
      data: standingData(standings),
    };
  },
};
