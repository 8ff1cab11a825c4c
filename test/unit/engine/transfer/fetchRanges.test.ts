import assert from 'node:assert/strict';
import { TributaryError } from '../../../../src/contract/errors.ts';
import { assertCode, rejection } from '../assertCode.ts';
import { forSeeds, type SeededRandom } from '../seededRandom.ts';
import { fastClock, notTooFast, rangesFetch } from './transferFixture.ts';

const MIB = 1024 * 1024;

type Fixture = ReturnType<typeof rangesFetch>;

/** @param racedBytes that may have come twice, because two lanes raced for them */
function assertComplete({ source, part }: Fixture, racedBytes = 0): void {
  assert.ok(part.bytes.equals(source.content), 'a byte is wrong');
  const twice = part.writtenBytes - source.content.length;
  assert.ok(twice >= 0 && twice <= racedBytes, `${twice} bytes were written twice`);
  assertSettled({ source, part } as Fixture);
}

function assertSettled({ source, part }: Fixture): void {
  assert.equal(source.readers, 0, 'a lane still reads');
  assert.equal(source.openLanes, 0, 'a lane was left open');
  assert.equal(part.buffers.lent, 0, 'memory was not given back');
}

describe('RangesFetch', () => {
  it('fetches a file by several lanes, each byte once', async () => {
    const fixture = rangesFetch({ sizeBytes: 20 * MIB + 7, script: notTooFast });
    await fixture.run();
    assertComplete(fixture);
    assert.ok(Math.max(...fixture.lanesSeen) >= 4);
    assert.equal(fixture.lanesSeen.at(-1), 0);
  });

  for (const sizeBytes of [0, 1, 1000, MIB, MIB + 1]) {
    it(`fetches ${sizeBytes} bytes`, async () => {
      const fixture = rangesFetch({ sizeBytes });
      await fixture.run();
      assertComplete(fixture);
    });
  }

  it('uses one lane when no more are allowed', async () => {
    const fixture = rangesFetch({
      sizeBytes: 10 * MIB,
      maxLanes: 1,
      script: ({ readers }) => assert.equal(readers, 1),
    });
    await fixture.run();
    assertComplete(fixture);
  });

  it('goes on where a lane failed, and asks for nothing twice', async () => {
    const fixture = rangesFetch({
      sizeBytes: 3 * MIB,
      maxLanes: 1,
      script: async ({ number, give }) => {
        if (number > 1) return;
        await give(100_000);
        throw new TributaryError('connection-lost');
      },
    });
    await fixture.run();
    assertComplete(fixture);
    assert.equal(fixture.failures.length, 2);
    assert.deepEqual(
      fixture.source.reads.slice(0, 3).map(({ start }) => start),
      [0, 100_000, 200_000],
    );
  });

  it('asks with half as many lanes once the server says that it is busy', async () => {
    let most = 0;
    const fixture = rangesFetch({
      sizeBytes: 24 * MIB,
      script: async ({ readers, number }) => {
        await notTooFast();
        if (readers > 2) throw new TributaryError('server-busy', { status: 503 });
        if (number > 8) most = Math.max(most, readers);
      },
    });
    await fixture.run();
    assertComplete(fixture);
    assert.ok(fixture.failures.length > 0 && fixture.failures.length < 8, `${fixture.failures.length} refusals`);
    assert.ok(most <= 2, `${most} lanes after the refusals`);
  });

  it('goes on with the others when the server refuses a lane for good', async () => {
    const fixture = rangesFetch({
      sizeBytes: 12 * MIB,
      script: ({ lane }) => {
        if (lane === 1) throw new TributaryError('forbidden', { host: 'h', status: 403 });
      },
    });
    await fixture.run();
    assertComplete(fixture);
  });

  for (const code of ['not-found', 'range-ignored'] as const) {
    it(`fails with ${code} when every lane does`, async () => {
      const fixture = rangesFetch({
        sizeBytes: 12 * MIB,
        script: () => {
          throw new TributaryError(code, { host: 'h', status: 404 });
        },
      });
      assertCode(await rejection(fixture.run()), code);
      assertSettled(fixture);
    });
  }

  it('stops everything at once when the file has changed', async () => {
    const fixture = rangesFetch({
      sizeBytes: 12 * MIB,
      script: async ({ lane, hang }) => {
        if (lane === 2) throw new TributaryError('file-changed', { host: 'h' });
        await hang();
      },
    });
    assertCode(await rejection(fixture.run()), 'file-changed');
    assertSettled(fixture);
  });

  it('stops everything at once when the disk is full', async () => {
    const fixture = rangesFetch({ sizeBytes: 12 * MIB });
    fixture.part.onWrite = (position) => {
      if (position >= 2 * MIB) throw new TributaryError('disk-full', { path: '/x' });
    };
    assertCode(await rejection(fixture.run()), 'disk-full');
    assertSettled(fixture);
  });

  it('ends with what a source throws that is no error of ours', async () => {
    const fixture = rangesFetch({
      sizeBytes: 100,
      script: () => {
        throw new RangeError('a fault');
      },
    });
    assertCode(await rejection(fixture.run()), 'internal');
    assertSettled(fixture);
  });

  describe('beside a lane that hangs', () => {
    function hanging(): Fixture {
      return rangesFetch({
        sizeBytes: 8 * MIB,
        nowMs: fastClock(20),
        script: async ({ number, give, hang }) => {
          if (number !== 0) return;
          await give(1000);
          await hang();
        },
      });
    }

    it('takes its range over and completes', async () => {
      const fixture = hanging();
      await fixture.run();
      assertComplete(fixture, MIB / 2);
      assert.deepEqual(fixture.failures, []);
    });

    it('does not hide that what the stopped lane had received could not be written', async () => {
      const fixture = hanging();
      fixture.part.onWrite = (position) => {
        if (position === 0) throw new TributaryError('disk-full', { path: '/x' });
      };
      assertCode(await rejection(fixture.run()), 'disk-full');
      assertSettled(fixture);
    });
  });

  describe('aborted', () => {
    it('before it starts: opens nothing', async () => {
      const fixture = rangesFetch({ sizeBytes: 12 * MIB, signal: AbortSignal.abort('paused') });
      assert.equal(await rejection(fixture.run()), 'paused');
      assert.equal(fixture.source.lanes, 0);
    });

    it('while lanes read: settles when all have stopped, and keeps what came', async () => {
      const abort = new AbortController();
      const fixture = rangesFetch({
        sizeBytes: 12 * MIB,
        signal: abort.signal,
        script: async ({ number, give, hang }) => {
          await give(10_000);
          if (number === 3) abort.abort('paused');
          await hang();
        },
      });
      assert.equal(await rejection(fixture.run()), 'paused');
      assertSettled(fixture);
      assert.ok(fixture.part.written.length >= 10_000);
      for (const { start, end } of fixture.part.written) {
        assert.ok(fixture.part.bytes.subarray(start, end).equals(fixture.source.content.subarray(start, end)));
      }
    });

    it('while all wait for another attempt: settles at once', async () => {
      const abort = new AbortController();
      const fixture = rangesFetch({
        sizeBytes: 1000,
        signal: abort.signal,
        script: ({ number }) => {
          if (number === 0) throw new TributaryError('server-busy', { status: 503, retryAfterMs: 3_600_000 });
        },
      });
      const ended = rejection(fixture.run());
      while (fixture.failures.length === 0) await new Promise((resolve) => setImmediate(resolve));
      abort.abort('paused');
      assert.equal(await ended, 'paused');
      assertSettled(fixture);
    });
  });

  it('completes whatever fails in between, and leaves nothing open', async () => {
    const properties: Promise<void>[] = [];
    // Side by side, since most of the time goes into pauses between attempts.
    await forSeeds(12, (random: SeededRandom) => {
      const fixture = rangesFetch({
        sizeBytes: random.between(1, 9 * MIB),
        maxLanes: random.between(1, 8),
        claims: true,
        script: async ({ number, give, range }) => {
          if (number > 30 || random.chance(0.6)) return;
          await give(random.between(0, range.end - range.start - 1));
          throw new TributaryError(random.pick(['connection-lost', 'idle-timeout', 'server-busy', 'range-mismatch']));
        },
      });
      const ended = fixture.run().then(() => {
        assertComplete(fixture);
        const twice = fixture.receivedBytes - fixture.source.content.length;
        assert.ok(twice >= 0 && twice <= fixture.racedBytes, `${twice} bytes came twice`);
      });
      properties.push(ended);
    });
    for (const [index, ended] of properties.entries())
      await ended.catch((cause) => assert.fail(`seed ${index + 1}: ${cause}`));
  }).timeout(20_000);
});
