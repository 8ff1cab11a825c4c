import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { readResumeRecord } from '../../src/engine/disk/resumeRecord.ts';
import { RECORD_SUFFIX } from '../../src/kit/partNames.ts';
import { seededRandom } from '../bench/seededRandom.ts';
import { Content } from '../support/content.ts';
import { type KilledProgram, killedEngine, killedGet } from '../support/kills/killedProgram.ts';
import { drawEventMoment, type KillMoment } from '../support/kills/killMoment.ts';
import { liveUntilKilled } from '../support/kills/liveUntilKilled.ts';
import { Scope, useScope } from '../support/scope.ts';
import { startHttpServer } from '../support/servers/httpServer.ts';
import { type ServedFile, serveFile } from '../support/servers/serveFile.ts';
import { sha256OfFile } from '../support/sha256OfFile.ts';

const MIB = 1 << 20;
const DEADLINE_MS = 240_000;

/** Killed at events on the disk: quick files, so that the instants around the end are met as often as those before. */
const EVENT_KILLS = 120;
const EVENT_CHAINS = 3;
const KILLS_PER_FILE = 3;

/** Killed by bytes: slow files, so that records are written and two seconds mean something. */
const BYTE_KILLS = 80;
/** Few enough that they do not hold up each other's checkpoints. */
const BYTE_CHAINS = 6;
const LANES = 2;
const LANE_BYTES_PER_SECOND = 2 * MIB;
const SLOW_BYTES = 24 * MIB;
/** Two seconds of data and what was in flight: the most that one kill may cost. */
const LOST_BYTES = 2 * LANES * LANE_BYTES_PER_SECOND + LANES * MIB;

describe('kill -9, two hundred times', () => {
  const scope = useScope();
  const seed = Number(process.env.TRIBUTARY_SEED ?? randomInt(1_000_000));

  it(`${EVENT_KILLS} times at what happens on the disk: the file is always right, and nothing is left over`, async function () {
    this.timeout(DEADLINE_MS);
    console.log(`      seed ${seed} (TRIBUTARY_SEED)`);
    const moments = new Map<string, number>();
    await inChains(scope, EVENT_KILLS, EVENT_CHAINS, seed, async (chain, random, killsLeft) => {
      const content = new Content(Math.floor(random() * 5 * MIB), 1 + Math.floor(random() * 1e6));
      const download = await newDownload(chain, { content }, random);
      let kills = 0;
      for (let end = 'killed'; end !== 'done'; ) {
        const moment = kills < Math.min(KILLS_PER_FILE, killsLeft) ? drawEventMoment(random) : null;
        end = await liveUntilKilled(download.program, moment, download.sentBytes);
        if (end === 'killed') {
          kills++;
          count(moments, moment?.kind === 'event' ? moment.what : '');
        }
        await assertNeverWrong(download.program, content);
      }
      assertDone(download.program);
      return kills;
    });
    for (const [what, times] of moments) console.log(`      ${String(times).padStart(4)} when ${what}`);
  });

  it(`${BYTE_KILLS} times after some bytes: at most two seconds of data and what was in flight come twice`, async function () {
    this.timeout(DEADLINE_MS);
    const lost: number[] = [];
    await inChains(scope, BYTE_KILLS, BYTE_CHAINS, seed + 1, async (chain, random, killsLeft) => {
      const content = new Content(SLOW_BYTES, 1 + Math.floor(random() * 1e6));
      const file: ServedFile = { content, body: () => ({ bytesPerSecond: LANE_BYTES_PER_SECOND }) };
      const download = await newDownload(chain, file, random);
      let kills = 0;
      let kept = 0;
      for (let end = 'killed'; end !== 'done'; ) {
        if (kills >= killsLeft) delete file.body;
        const moment: KillMoment | null =
          kills < killsLeft ? { kind: 'bytes', bytes: Math.floor(random() * 14 * MIB) } : null;
        const before = download.sentBytes();
        end = await liveUntilKilled(download.program, moment, download.sentBytes);
        await assertNeverWrong(download.program, content);
        if (end === 'done' || download.program.isDone()) continue;
        await download.quiet();
        const had = kept + download.sentBytes() - before;
        kept = await recordedBytes(download.program);
        lost.push(had - kept);
        kills++;
        assert.ok(had - kept <= LOST_BYTES, `${download.program.kind}: ${had - kept} bytes come twice`);
      }
      assertDone(download.program);
      return kills;
    });
    lost.sort((a, b) => a - b);
    const mebibytes = (bytes = 0): string => `${(bytes / MIB).toFixed(1)} MiB`;
    console.log(
      `      ${lost.length} kills; fetched twice: ${mebibytes(lost[Math.floor(lost.length / 2)])} in the middle, ${mebibytes(lost.at(-1))} at most, ${mebibytes(LOST_BYTES)} allowed`,
    );
  });
});

/**
 * Spreads kills over chains that run side by side; `run` downloads one file and says how many kills it took.
 * What each file opened is closed after it.
 */
async function inChains(
  scope: Scope,
  kills: number,
  chains: number,
  seed: number,
  run: (scope: Scope, random: () => number, killsLeft: number) => Promise<number>,
): Promise<void> {
  const chain = async (number: number): Promise<void> => {
    const random = seededRandom(seed * 101 + number);
    const share = Math.ceil(kills / chains);
    for (let done = 0, files = 0; done < share; files++) {
      assert.ok(files < 10 * share, 'files complete before the kill comes, again and again');
      const own = new Scope();
      scope.defer(() => own.close());
      done += await run(own, random, share - done);
      await own.close();
    }
  };
  await Promise.all(Array.from({ length: chains }, (_, n) => chain(n)));
}

interface Download {
  readonly program: KilledProgram;
  sentBytes(): number;
  quiet(): Promise<void>;
}

async function newDownload(scope: Scope, file: ServedFile, random: () => number): Promise<Download> {
  const { origin, log } = await startHttpServer(scope, { '/f.bin': serveFile(file) });
  const init = { address: `${origin}/f.bin`, lanes: LANES };
  const program = random() < 0.5 ? killedEngine(scope, init) : killedGet(scope, init);
  return { program, sentBytes: () => log.bytesSent, quiet: () => log.quiet() };
}

/** What stands under the final name is the file, whatever happened a moment ago; when it is done, it is all there is. */
async function assertNeverWrong(program: KilledProgram, content: Content): Promise<void> {
  const { targetPath, folder } = program;
  if (existsSync(targetPath)) assert.equal(await sha256OfFile(targetPath), content.sha256, 'the file is right');
  const names = readdirSync(folder);
  if (program.isDone()) {
    assert.deepEqual(names, [basename(targetPath)], 'nothing is left over');
  }
}

function assertDone({ isDone, kind, folder }: KilledProgram): void {
  assert.ok(isDone(), `${kind} has ended and left ${readdirSync(folder).join(', ')}`);
}

async function recordedBytes({ targetPath }: KilledProgram): Promise<number> {
  const record = await readResumeRecord(targetPath + RECORD_SUFFIX);
  return (record?.done ?? []).reduce((sum, [start, end]) => sum + end - start, 0);
}

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}
