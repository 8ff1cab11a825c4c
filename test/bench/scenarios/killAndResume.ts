import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Bench, Scenario } from '../bench.ts';
import { CAP_BYTES_PER_SECOND } from '../origin.ts';
import { atMost } from '../report.ts';
import { bytesRead, startChild } from '../runningChild.ts';
import { seededRandom } from '../seededRandom.ts';
import type { ServedFile } from '../servedFile.ts';
import { digestOfFile, serveFile } from '../servedFile.ts';
import { median } from '../statistics.ts';
import { MIB, mebibytes } from '../units.ts';

const LANES = 16;
const AT_ONCE = 4;
const LOOK_MS = 20;
const DEADLINE_MS = 40_000;

interface Kill {
  readonly atMs: number;
  /** Received before the kill, but not in the resume record: fetched again. Null: it was complete already. */
  readonly lostBytes: number | null;
  /** How much of that came earlier than two seconds before the kill. */
  readonly olderBytes: number | null;
  readonly right: boolean;
  readonly seconds: number;
}

/** `kill -9` at random moments; the same command again has to finish the file. */
export const killAndResume: Scenario = {
  number: 9,
  title: 'kill -9 at a random moment, then the same command again',
  async run(bench) {
    const file = serveFile(bench.served, 'killed.bin', 256 * MIB);
    const { seed } = bench.options;
    const random = seededRandom(seed);
    const startBytes = await bytesReadAtStart(bench);
    const fullMs = (file.sizeBytes / (LANES * CAP_BYTES_PER_SECOND)) * 1000;
    const moments = Array.from({ length: bench.options.quick ? 10 : 50 }, () => 100 + random() * fullMs * 0.85);
    const kills: Kill[] = [];
    const waiting = [...moments.entries()];
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        kills.push(await killOnce(bench, file, { name: `${next[0]}-killed.bin`, atMs: next[1], startBytes }));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));

    const sent = [...bench.origin.cappedBytes()].filter(([path]) => path.endsWith('-killed.bin'));
    const surplus = sent.reduce((sum, [, bytes]) => sum + bytes, 0) / (kills.length * file.sizeBytes) - 1;
    const lost = kills.flatMap(({ lostBytes }) => lostBytes ?? []);
    const older = kills.flatMap(({ olderBytes }) => olderBytes ?? []);
    const show = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`;
    const wrong = kills.filter(({ right }) => !right).length;
    const complete = kills.length - lost.length;
    return {
      setting: `${kills.length} kills, ${AT_ONCE} at once; ${mebibytes(file.sizeBytes)} at ${LANES} × 4 MiB/s; seed ${seed}.`,
      columns: ['', 'median', 'most'],
      rows: [
        ['received before the kill and fetched again', show(median(lost)), show(Math.max(...lost))],
        ['of that, older than 2 s', show(median(older)), show(Math.max(...older))],
      ],
      checks: [
        atMost('files with a wrong hash or never finished', wrong, 0, String),
        atMost(
          'fetched again though older than 2 s, the most (1 MiB in flight per lane)',
          Math.max(...older),
          LANES * MIB,
          show,
        ),
      ],
      notes: [
        `Over both runs the server sent ${(surplus * 100).toFixed(1)} % more than the files hold, which includes what was in flight.`,
        ...(complete > 0 ? [`${complete} were complete before the kill came.`] : []),
      ],
      data: { seed, kills },
    };
  },
};

async function killOnce(
  bench: Bench,
  file: ServedFile,
  { name, atMs, startBytes }: { name: string; atMs: number; startBytes: number },
): Promise<Kill> {
  const began = performance.now();
  const target = join(bench.target, name);
  const command = bench.tributary(
    'get',
    '--quiet',
    '--exists',
    'skip',
    '-o',
    target,
    `${bench.origin.capped}/copies/${name}`,
  );
  const first = startChild(bench, command, DEADLINE_MS);
  const samples: { readonly atMs: number; readonly bytes: number }[] = [];
  while (performance.now() - began < atMs) {
    samples.push({ atMs: performance.now() - began, bytes: bytesRead(first.pid) ?? 0 });
    await delay(Math.max(1, Math.min(LOOK_MS, atMs - (performance.now() - began))));
  }
  // Stopped first, so that what it has read and what it has written down belong together.
  first.child.kill('SIGSTOP');
  const read = bytesRead(first.pid);
  const stoppedMs = performance.now() - began;
  const recorded = recordedBytes(`${target}.part.json`);
  const complete = existsSync(target);
  first.child.kill('SIGKILL');
  await first.ended;
  const exitCode = await startChild(bench, command, DEADLINE_MS).ended;
  const right = exitCode === 0 && existsSync(target) && digestOfFile(target) === file.sha256;
  for (const ending of ['', '.part', '.part.json']) rmSync(`${target}${ending}`, { force: true });
  // Of the start, when it reads its own files, nothing can be said to have come.
  const readBefore = Math.max(startBytes, samples.findLast((sample) => sample.atMs <= stoppedMs - 2000)?.bytes ?? 0);
  const unfinished = !complete && read !== null;
  return {
    atMs,
    lostBytes: unfinished ? Math.max(0, read - startBytes - recorded) : null,
    olderBytes: unfinished ? Math.max(0, readBefore - startBytes - recorded) : null,
    right,
    seconds: (performance.now() - began) / 1000,
  };
}

/** What the resume record vouches for. */
function recordedBytes(path: string): number {
  if (!existsSync(path)) return 0;
  const { body } = JSON.parse(readFileSync(path, 'utf8')) as { body: { done: [number, number][] } };
  return body.done.reduce((sum, [start, end]) => sum + end - start, 0);
}

/** What the program reads before the first answer comes: its own files. Asked of a server that never answers. */
async function bytesReadAtStart(bench: Bench): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => {}));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const asked = once(server, 'connection');
  const target = join(bench.target, 'silent.bin');
  const run = startChild(
    bench,
    bench.tributary('get', '--quiet', '-o', target, `http://127.0.0.1:${port}/f.bin`),
    10_000,
  );
  const [socket] = (await asked) as [{ destroy(): void }];
  await delay(200);
  const bytes = bytesRead(run.pid) ?? 0;
  run.child.kill('SIGKILL');
  await run.ended;
  socket.destroy();
  server.close();
  return bytes;
}
