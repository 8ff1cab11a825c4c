import { mkdirSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../support/freePort.ts';
import { waitFor } from '../../support/waitFor.ts';
import type { Bench, Scenario } from '../bench.ts';
import { type Command, measureCommand, type Usage } from '../measureCommand.ts';
import { atLeast, atMost } from '../report.ts';
import { digestOfFile, type ServedFile, serveFile } from '../servedFile.ts';
import { median } from '../statistics.ts';
import { MIB, mebibytes, megabytes, seconds, times } from '../units.ts';

const DEADLINE_MS = 120_000;
const SMALL_BYTES = 256 * MIB;

/** Whoever offers a file does it once, and others fetch it. */
const GETS = 3;

/** What one round has measured; a new hub each time, since nothing of the last one may be in the way. */
interface Round {
  readonly put: Usage;
  readonly gets: readonly Usage[];
  readonly hub: Usage;
}

/** One big file onto a share hub and from there, beside the same file by HTTP with its digest checked, as a hub's always is, and without. */
export const shareHub: Scenario = {
  number: 15,
  title: 'share hub: one big file up and down',
  async run(bench) {
    const rounds: Round[] = [];
    const http: Usage[] = [];
    const plain: Usage[] = [];
    for (let round = 0; round <= Math.min(3, bench.options.rounds); round++) {
      const checked: Usage[] = [];
      const unchecked: Usage[] = [];
      const link = `${bench.origin.plain}/big.bin`;
      const through = await throughHub(bench, bench.big, async () => {
        checked.push(await fetched(bench, bench.big, ['--checksum', `sha256:${bench.big.sha256}`, link]));
        unchecked.push(await fetched(bench, bench.big, [link]));
      });
      if (round === 0) continue;
      rounds.push(through);
      http.push(...checked);
      plain.push(...unchecked);
    }
    const small = serveFile(bench.served, 'hub-small.bin', SMALL_BYTES);
    const little = await throughHub(bench, small, async () => {});
    rmSync(join(bench.served, small.name));

    const puts = rounds.map(({ put }) => put);
    const gets = rounds.flatMap((round) => round.gets);
    const wall = (usages: readonly Usage[]): number => median(usages.map(({ wallMs }) => wallMs));
    const rows: readonly (readonly [name: string, usages: readonly Usage[]])[] = [
      ['tributary hub put', puts],
      ['tributary get hub://', gets],
      ['tributary get http:// --checksum', http],
      ['tributary get http://', plain],
    ];
    const hubPeak = median(rounds.map(({ hub }) => hub.peakBytes));
    return {
      setting: `${mebibytes(bench.big.sizeBytes)} on loopback; the hub in a process of its own, a new one for each round: one upload, ${GETS} downloads.`,
      columns: ['command', 'wall', 'CPU', 'peak memory', 'speed, to http:// --checksum', 'to http://'],
      rows: [
        ...rows.map(([name, usages]) => [
          name,
          seconds(wall(usages)),
          seconds(median(usages.map(({ cpuMs }) => cpuMs))),
          megabytes(median(usages.map(({ peakBytes }) => peakBytes))),
          times(wall(http) / wall(usages)),
          times(wall(plain) / wall(usages)),
        ]),
        [
          `tributary hub serve (one put, ${GETS} gets)`,
          '',
          seconds(median(rounds.map(({ hub }) => hub.cpuMs))),
          megabytes(hubPeak),
          '',
          '',
        ],
      ],
      checks: [
        atLeast('upload, to HTTP with its digest checked', wall(http) / wall(puts), 0.7, times),
        atLeast('download, to the same', wall(http) / wall(gets), 0.7, times),
        atLeast('upload, to HTTP with nothing checked', wall(plain) / wall(puts), 0.7, times),
        atLeast('download, to the same', wall(plain) / wall(gets), 0.7, times),
        atMost(
          `peak memory of the hub, to that with ${mebibytes(SMALL_BYTES)}`,
          hubPeak / little.hub.peakBytes,
          1.25,
          times,
        ),
      ],
      notes: ['The digest of what the hub holds, and of what came back, is compared every time.'],
      data: { rounds, http, plain, little },
    };
  },
};

/** @param between is called after each download, so that what is compared is measured at the same time */
async function throughHub(bench: Bench, file: ServedFile, between: () => Promise<void>): Promise<Round> {
  const folder = join(bench.target, 'hub');
  mkdirSync(folder);
  const port = await freePort();
  const source = join(bench.served, file.name);
  let stop: () => void = () => {};
  const hub = measure(bench, bench.tributary('hub', 'serve', '--port', String(port), '--dir', folder), (interrupt) => {
    stop = interrupt;
  });
  hub.catch(() => {});
  try {
    const address = ['--hub', `127.0.0.1:${port}`];
    await waitFor('the hub to listen', async () => {
      const list = await measureCommand(bench.tributary('hub', 'list', ...address), optionsOf(bench));
      return list.exitCode === 0;
    });
    // Another state of the file is another upload.
    utimesSync(source, new Date(), new Date());
    const put = await measure(bench, bench.tributary('hub', 'put', '--quiet', ...address, source));
    const list = await measure(bench, bench.tributary('hub', 'list', '--json', ...address));
    const { sha256 } = JSON.parse(list.stdout) as { sha256: string };
    if (sha256 !== file.sha256) throw new Error('the hub holds wrong bytes');
    const gets: Usage[] = [];
    for (let n = 0; n < GETS; n++) {
      gets.push(await fetched(bench, file, [put.stdout.trim()]));
      await between();
    }
    stop();
    return { put, gets, hub: await hub };
  } finally {
    stop();
    await hub.catch(() => {});
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fetched(bench: Bench, file: ServedFile, args: readonly string[]): Promise<Usage> {
  const target = join(bench.target, 'fetched.bin');
  try {
    const usage = await measure(bench, bench.tributary('get', '--quiet', '--output', target, ...args));
    if (digestOfFile(target) !== file.sha256) throw new Error('wrong bytes were delivered');
    return usage;
  } finally {
    rmSync(target, { force: true });
  }
}

async function measure(bench: Bench, command: Command, onStart?: (interrupt: () => void) => void): Promise<Usage> {
  const usage = await measureCommand(command, { ...optionsOf(bench), ...(onStart === undefined ? {} : { onStart }) });
  if (usage.exitCode !== 0) throw new Error(`${command[1].join(' ')} ended with ${usage.exitCode}: ${usage.stderr}`);
  return usage;
}

function optionsOf(bench: Bench): { env: NodeJS.ProcessEnv; cwd: string; deadlineMs: number } {
  return { env: bench.env, cwd: bench.target, deadlineMs: DEADLINE_MS };
}
