import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench, Scenario } from '../bench.ts';
import type { Standing } from '../compareContenders.ts';
import { compareContenders, STANDING_COLUMNS, standingData, standingOf, standingRows } from '../compareContenders.ts';
import { startCrawlingServer } from '../crawlingServer.ts';
import type { Contender } from '../peers.ts';
import { ours, peers } from '../peers.ts';
import { atMost } from '../report.ts';
import { serveFile } from '../servedFile.ts';
import { MIB, mebibytes, seconds } from '../units.ts';

/** The last tenth comes at 20 KB/s for the first 40 requests: crawling lanes have to be noticed and replaced. */
export const crawlingTail: Scenario = {
  number: 5,
  title: 'the last tenth crawls at 20 KB/s for the first 40 requests',
  async run(bench) {
    const file = serveFile(bench.served, 'crawl.bin', 64 * MIB);
    const base = await startCrawlingServer(bench.scope, readFileSync(join(bench.served, 'crawl.bin')));
    const rounds = Math.min(3, bench.options.rounds);
    const standings: Standing[] = [];
    const take = async (contender: Contender, counted: number): Promise<void> => {
      standings.push(await standingAlone(bench, contender, base, file, counted));
    };
    for (const contender of [ours(bench), ...peers(bench, 'curl')]) await take(contender, rounds);
    // aria2 takes most of a minute and never fails to.
    if (!bench.options.quick) for (const contender of peers(bench, 'aria2')) await take(contender, 1);
    return {
      setting: `${mebibytes(file.sizeBytes)} from a server of our own; a request for the whole file is not slowed down.`,
      columns: STANDING_COLUMNS,
      rows: standingRows(standings),
      checks: [atMost('wall', standingOf(standings, 'tributary').wallMs, 3000, seconds)],
      notes: bench.options.quick ? ['aria2 is left out of the quick run.'] : [],
      data: standingData(standings),
    };
  },
};

/** Every run has a path of its own, since the server counts by path. */
async function standingAlone(
  bench: Bench,
  contender: Contender,
  base: string,
  file: Parameters<typeof compareContenders>[2]['file'],
  rounds: number,
): Promise<Standing> {
  let run = 0;
  const command = contender.command;
  const counted: Contender = {
    name: contender.name,
    command: command && ((address, target) => command(`${address}/${contender.name.split(' ')[0]}/${++run}`, target)),
  };
  const options = { address: base, file, rounds, warmUp: false, deadlineMs: bench.options.quick ? 20_000 : 75_000 };
  const [standing] = await compareContenders(bench, [counted], options);
  if (standing === undefined) throw new Error('one contender, one standing');
  return standing;
}
