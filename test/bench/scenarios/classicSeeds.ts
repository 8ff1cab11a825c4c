import { linkSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { startPythonSeed } from '../../support/seeds/pythonSeed.ts';
import { whyNoPython } from '../../support/servers/pythonServer.ts';
import type { Scenario } from '../bench.ts';
import { compareContenders, STANDING_COLUMNS, standingData, standingRows } from '../compareContenders.ts';
import { ours } from '../peers.ts';
import { atLeast } from '../report.ts';
import { serveFile } from '../servedFile.ts';
import { MIB, mebibytes, times } from '../units.ts';

const PIECE_BYTES = 32;
/** One lane, one seed, a pause of 5 ms after each 32 bytes: what the classic client does (BENCH.md). */
const CLASSIC_BYTES_PER_SECOND = 6000;
const SEEDS = 4;

/** The classic form: a connection for each 32 bytes. */
export const classicSeeds: Scenario = {
  number: 14,
  title: 'seeds, classic form',
  async run(bench) {
    const missing = whyNoPython();
    if (missing !== null) throw new Error(missing);
    const file = serveFile(bench.served, 'classic.bin', MIB);
    const folder = mkdtempSync(join(bench.served, 'classic-'));
    linkSync(join(bench.served, file.name), join(folder, file.name));
    const seeds: string[] = [];
    for (let n = 0; n < SEEDS; n++) seeds.push((await startPythonSeed(bench.scope, folder)).address(file.name));
    const [address = '', ...others] = seeds;
    const contenders = [ours(bench, ...others.flatMap((other) => ['--mirror', other]))];
    const standings = await compareContenders(bench, contenders, { address, file });
    const bytesPerSecond = file.sizeBytes / ((standings[0]?.wallMs ?? Number.NaN) / 1000);
    return {
      setting: `${mebibytes(file.sizeBytes)} from ${SEEDS} seeds written in Python, ${file.sizeBytes / PIECE_BYTES} connections.`,
      columns: STANDING_COLUMNS,
      rows: standingRows(standings),
      checks: [atLeast('speed, to 6 KB/s', bytesPerSecond / CLASSIC_BYTES_PER_SECOND, 100, times)],
      notes: [
        `${Math.round(bytesPerSecond / PIECE_BYTES)} connections a second; seeds and client share the machine's cores.`,
      ],
      data: standingData(standings),
    };
  },
};
