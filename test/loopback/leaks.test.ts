import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, readdirSync, readFileSync, readSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeResumeRecord } from '../../src/engine/disk/resumeRecord.ts';
import { chunkSizeFor } from '../../src/engine/transfer/chunks.ts';
import { Content } from '../support/content.ts';
import { startEngineProcess } from '../support/engineProcess.ts';
import type { Held, TaskEnd } from '../support/leaks/probeOrder.ts';
import { startTaskProbe } from '../support/leaks/startTaskProbe.ts';
import { type Scope, useScope } from '../support/scope.ts';
import { answerStatus, loginPage, redirectTo } from '../support/servers/answers.ts';
import { startHttpServer } from '../support/servers/httpServer.ts';
import { serveFile, strongEtag } from '../support/servers/serveFile.ts';
import { skipBecause } from '../support/skipBecause.ts';
import { tempFolder } from '../support/tempFolder.ts';

const KIB = 1 << 10;
const MIB = 1 << 20;
const GIB = 1 << 30;
const DEADLINE_MS = 180_000;

/** The first tasks load code and fill pools. */
const WARM_TASKS = 200;
const ROUNDS = 4;
const TASKS_PER_ROUND = 200;
/** What compiled code and its statistics take: it levels off, while tasks that were kept would take a KiB and more each. */
const NOISE_BYTES = MIB;

describe('what an engine holds', () => {
  const scope = useScope();

  it('does not grow from the 200th task to the 1000th, nor with failures, pauses and cancels', async function () {
    this.timeout(DEADLINE_MS);
    const content = new Content(100_000, 3);
    // So much that it never completes by what each lane gets before it stalls.
    const large = new Content(32 * MIB, 4);
    const stalls = (): { stallAfterBytes: number } => ({ stallAfterBytes: 64 * KIB });
    const { origin, log } = await startHttpServer(scope, {
      '/f.bin': serveFile({ content }),
      '/chunked.bin': serveFile({ content, length: 'chunked' }),
      '/away.bin': redirectTo('/f.bin'),
      '/gone.bin': answerStatus(404),
      '/login.bin': loginPage,
      '/circle.bin': redirectTo('/circle.bin'),
      '/stalled.bin': serveFile({ content: large, body: stalls }),
      '/stalledStream.bin': serveFile({ content: large, body: stalls, length: 'chunked', ranges: false }),
    });
    const links = (...names: string[]): string[] => names.map((name) => `${origin}/${name}.bin`);
    const probe = await startTaskProbe(scope);
    const run = async (tasks: number, end: TaskEnd, addresses: readonly string[]): Promise<Held> => {
      const held = await probe.tell({ kind: 'run', tasks, end, addresses });
      for (const name of readdirSync(probe.folder)) {
        assert.equal(end, 'completed', `${name} was left by tasks that are ${end}`);
        rmSync(join(probe.folder, name));
      }
      log.requests.length = 0;
      return held;
    };
    /** Connections that are kept for the next request are no leak, once they are given up. */
    const measureAtRest = async (): Promise<Held> => {
      await log.quiet();
      return probe.tell({ kind: 'measure' });
    };

    const good = links('f', 'chunked', 'away');
    const bad = links('gone', 'login', 'circle');
    const stalled = links('stalled', 'stalledStream');
    await run(WARM_TASKS, 'completed', good);
    await run(20, 'failed', bad);
    await run(20, 'paused', stalled);
    await run(20, 'cancelled', stalled);
    const before = await measureAtRest();
    // Like is compared with like: right after tasks, with connections still open.
    const { heapBytes } = await run(20, 'completed', good);
    const growths: string[] = [];
    const assertNoMore = (what: string, held: Held): void => {
      const growth = held.heapBytes - heapBytes;
      growths.push(`${what} ${kib(growth)}`);
      assert.ok(growth <= NOISE_BYTES, `the heap has grown: ${growths.join(', ')}`);
    };
    for (let round = 1; round <= ROUNDS; round++) {
      assertNoMore(`${WARM_TASKS + round * TASKS_PER_ROUND} tasks`, await run(TASKS_PER_ROUND, 'completed', good));
    }
    const counts = ({ descriptors, connections }: Held): object => ({ descriptors, connections });
    assert.deepEqual(counts(await measureAtRest()), counts(before), 'open files and connections after 1000 tasks');
    assertNoMore('200 failures', await run(200, 'failed', bad));
    assertNoMore('200 pauses', await run(200, 'paused', stalled));
    assertNoMore('200 cancels', await run(200, 'cancelled', stalled));
    assert.deepEqual(counts(await measureAtRest()), counts(before), 'open files and connections at the end');
    console.log(`      heap ${kib(heapBytes)}; growth ${growths.join(', ')}`);
  });

  it('is the same for 128 MiB of a file of 32 GiB as for a file of 128 MiB', async function () {
    this.timeout(DEADLINE_MS);
    skipBecause(this, process.platform === 'linux' ? null : 'the peak of another process is read from /proc');
    const small = await peakBytes(scope, MIB, [{ start: 0, end: MIB }]);
    const middle = await peakBytes(scope, 128 * MIB, [{ start: 0, end: 128 * MIB }]);
    // Gaps all over the file, so that what is known of it is as long as it gets.
    const gaps = Array.from({ length: 64 }, (_, n) => ({ start: n * 512 * MIB, end: n * 512 * MIB + 2 * MIB }));
    const huge = await peakBytes(scope, 32 * GIB, gaps);
    console.log(`      peak for 1 MiB ${mib(small)}, for 128 MiB ${mib(middle)}, for 32 GiB ${mib(huge)}`);
    assert.ok(huge <= 1.2 * middle, `${mib(huge)} for 32 GiB, ${mib(middle)} for 128 MiB`);
  });
});

/** Peak memory of an engine that fetches those gaps of a file of that size; the rest it has, as the record says. */
async function peakBytes(
  scope: Scope,
  sizeBytes: number,
  gaps: readonly { readonly start: number; readonly end: number }[],
): Promise<number> {
  const content = new Content(sizeBytes, 5);
  const { origin, log } = await startHttpServer(scope, { '/f.bin': serveFile({ content }) });
  const folder = tempFolder(scope);
  const address = `${origin}/f.bin`;
  if (gaps.length > 1) await pretendToHaveTheRest(join(folder, 'f.bin'), address, content, gaps);
  const engine = await startEngineProcess(scope, { stateFolder: join(tempFolder(scope), 'state'), folder });
  const client = await engine.client();
  const { targetPath } = await client.completed(await client.add(address), 60_000);
  assert.equal(statSync(targetPath).size, sizeBytes);
  const missing = gaps.reduce((sum, { start, end }) => sum + end - start, 0);
  assert.ok(log.bytesSent < missing + 16 * MIB, `${log.bytesSent} bytes were sent for ${missing}`);
  for (const { start, end } of gaps) {
    for (let offset = start; offset < end; offset += MIB) {
      assert.ok(readAt(targetPath, offset, MIB).equals(content.slice(offset, offset + MIB)), `wrong at ${offset}`);
    }
  }
  return 1024 * Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${engine.child.pid}/status`, 'utf8'))?.[1]);
}

/** A part with holes for what it has, and the record that vouches for them. */
async function pretendToHaveTheRest(
  targetPath: string,
  address: string,
  content: Content,
  gaps: readonly { readonly start: number; readonly end: number }[],
): Promise<void> {
  const part = openSync(`${targetPath}.part`, 'w');
  ftruncateSync(part, content.sizeBytes);
  closeSync(part);
  const ends = [...gaps.slice(1).map(({ start }) => start), content.sizeBytes];
  await writeResumeRecord(`${targetPath}.part.json`, {
    version: 2,
    address,
    sources: [
      { key: createHash('sha256').update(address).digest('hex'), etag: strongEtag(content), lastModified: null },
    ],
    size: content.sizeBytes,
    chunkSize: chunkSizeFor(content.sizeBytes),
    done: gaps.map(({ end }, n) => [end, ends[n] ?? content.sizeBytes]),
    owner: null,
  });
}

function readAt(path: string, offset: number, length: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(file, bytes, 0, length, offset));
  } finally {
    closeSync(file);
  }
}

function kib(bytes: number): string {
  return `${Math.round(bytes / KIB)} KiB`;
}

function mib(bytes: number): string {
  return `${Math.round(bytes / MIB)} MiB`;
}
