import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Bench, Scenario } from '../bench.ts';
import {
  compareContenders,
  STANDING_COLUMNS,
  type Standing,
  standingData,
  standingRows,
} from '../compareContenders.ts';
import type { Command } from '../measureCommand.ts';
import { type Contender, ours } from '../peers.ts';
import { atLeast } from '../report.ts';
import { serveFile } from '../servedFile.ts';
import { MIB, mebibytes, times } from '../units.ts';

const MEGABYTE = 1_000_000;
const CAP_BYTES_PER_SECOND = 15 * MEGABYTE;
/** A multiaddr with a peer id, on a line of its own. */
const ADDRESS = /^(\/\S+\/p2p\/\S+)$/m;

/** One file by its CID: from one peer as fast as it goes, and from two that give no more than so much. */
export const contentAddressed: Scenario = {
  number: 16,
  title: 'content-addressed: one fast peer, two capped peers',
  async run(bench) {
    const file = serveFile(bench.served, 'content.bin', (bench.options.quick ? 128 : 256) * MIB);
    const path = join(bench.served, file.name);
    const repository = join(bench.target, 'repository');
    const { text } = await outputOf(bench, bench.tributary('ipfs', 'add', path, '--dir', repository, '-q'));
    const address = `ipfs://${text.trim()}`;
    const fast = await listening(bench, bench.tributary('ipfs', 'serve', '--dir', repository));
    const capped = await Promise.all([1, 2].map(() => listening(bench, cappedPeer(path))));
    const rounds = Math.min(3, bench.options.rounds);
    const standings: Standing[] = [];
    for (const [name, addresses] of [
      ['tributary, one peer', [fast]],
      ['tributary, one capped peer', capped.slice(0, 1)],
      ['tributary, two capped peers', capped],
    ] as const) {
      const contender: Contender = { ...ours(bench, ...addresses.flatMap((peer) => ['--peer', peer])), name };
      standings.push(...(await compareContenders(bench, [contender], { address, file, rounds, warmUp: false })));
    }
    const [one, single, both] = standings.map(({ wallMs }) => file.sizeBytes / (wallMs / 1000));
    return {
      setting: `${mebibytes(file.sizeBytes)} on loopback in leaves of 1 MiB; each peer in a process of its own, capped ones at ${CAP_BYTES_PER_SECOND / MEGABYTE} MB/s.`,
      columns: STANDING_COLUMNS,
      rows: standingRows(standings),
      checks: [
        atLeast('MB/s from one peer, the start of the process included', (one ?? 0) / MEGABYTE, 100, (rate) =>
          rate.toFixed(0),
        ),
        atLeast('two capped peers, to twice what one of them gives', (both ?? 0) / (2 * (single ?? 1)), 0.9, times),
      ],
      notes: ['The capped peers are built from the protocol code of the tests, on libp2p.'],
      data: standingData(standings),
    };
  },
};

function cappedPeer(path: string): Command {
  const script = join(import.meta.dirname, '../cappedPeer.ts');
  const quiet = '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON';
  return [process.execPath, [quiet, script, path, String(CAP_BYTES_PER_SECOND)]];
}

/** Starts a peer that runs until the bench ends. @returns its multiaddr */
async function listening(bench: Bench, [program, args]: Command): Promise<string> {
  const child = spawn(program, args, { env: bench.env, stdio: ['ignore', 'pipe', 'ignore'] });
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', kill);
  bench.scope.defer(kill);
  let text = '';
  for await (const piece of child.stdout.setEncoding('utf8')) {
    text += piece;
    const found = ADDRESS.exec(text)?.[1];
    if (found === undefined) continue;
    return found;
  }
  throw new Error(`${args.join(' ')} did not say where it listens`);
}

async function outputOf(bench: Bench, [program, args]: Command): Promise<{ text: string }> {
  const child = spawn(program, args, { env: bench.env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  let text = '';
  for await (const piece of child.stdout.setEncoding('utf8')) text += piece;
  const [code] = await ended;
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`);
  return { text };
}
