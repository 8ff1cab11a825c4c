import type { Scenario } from '../bench.ts';
import { type BenchSeed, startBenchSeed } from '../benchSeed.ts';
import {
  compareContenders,
  STANDING_COLUMNS,
  type Standing,
  standingData,
  standingRows,
} from '../compareContenders.ts';
import { ours } from '../peers.ts';
import { atLeast, type Check } from '../report.ts';
import { serveFile } from '../servedFile.ts';
import { MIB, mebibytes, times } from '../units.ts';

const SEED_BYTES_PER_SECOND = 20e6;
const SEED_COUNTS = [1, 2, 4];

/** Seeds that speak HTTP: several that are slow have to add up, one that is fast has to keep up with a web server. */
export const fastSeeds: Scenario = {
  number: 13,
  title: 'seeds, fast form',
  async run(bench) {
    const standings: Standing[] = [];
    const checks: Check[] = [];
    for (const count of SEED_COUNTS) {
      const file = serveFile(bench.served, `seeds-${count}.bin`, (bench.options.quick ? 64 : 128) * count * MIB);
      const seeds: BenchSeed[] = [];
      for (let n = 0; n < count; n++)
        seeds.push(await startBenchSeed(bench, file, '--limit', String(SEED_BYTES_PER_SECOND)));
      const [address = '', ...others] = seeds.map((seed) => seed.address);
      const mirrors = others.flatMap((other) => ['--mirror', other]);
      const name = `tributary get, ${count} seed${count === 1 ? '' : 's'} at 20 MB/s`;
      // The seeds' clocks decide, not the machine's load.
      const rounds = Math.min(3, bench.options.rounds);
      const contenders = [{ ...ours(bench, ...mirrors), name }];
      const [standing] = await compareContenders(bench, contenders, { address, file, rounds, warmUp: false });
      for (const seed of seeds) await seed.stop();
      if (standing === undefined) continue;
      standings.push(standing);
      const share = file.sizeBytes / (standing.wallMs / 1000) / (count * SEED_BYTES_PER_SECOND);
      checks.push(atLeast(`speed of ${count}, to their sum`, share, 0.95, times));
    }
    const unlimitedSeed = await startBenchSeed(bench, bench.big);
    const { address } = unlimitedSeed;
    const plain = `${bench.origin.plain}/big.bin`;
    const from = (name: string, link: string, ...more: string[]) => {
      const { command } = ours(bench, ...more);
      return {
        name: `tributary get, ${name}`,
        command: command && ((_: string, target: string) => command(link, target)),
      };
    };
    const sum = ['--checksum', `sha256:${bench.big.sha256}`];
    const unlimited = await compareContenders(
      bench,
      [from('one seed', address), from('nginx and --checksum', plain, ...sum), from('nginx', plain)],
      { address, file: bench.big },
    );
    await unlimitedSeed.stop();
    const [seed, checked, bare] = unlimited.map(({ wallMs }) => wallMs);
    const ratio = (other: number | undefined): number => (other ?? Number.NaN) / (seed ?? Number.NaN);
    checks.push(
      atLeast('speed of one seed, to nginx with the digest checked', ratio(checked), 0.9, times),
      atLeast('speed of one seed, to nginx with nothing checked', ratio(bare), 0.9, times),
    );
    return {
      setting: `${mebibytes(bench.big.sizeBytes)} on loopback where the seed is not limited.`,
      columns: STANDING_COLUMNS,
      rows: [...standingRows(standings).map((row) => [...row.slice(0, -1), '']), ...standingRows(unlimited)],
      checks,
      notes: [
        'What a seed offers with a digest is always verified by that; what comes from several, piece by piece as it comes, too.',
      ],
      data: standingData([...standings, ...unlimited]),
    };
  },
};
