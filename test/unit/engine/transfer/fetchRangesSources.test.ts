import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { TributaryError } from '../../../../src/contract/errors.ts';
import { HostPolicies } from '../../../../src/engine/transfer/hostPolicies.ts';
import { systemClock } from '../../../../src/kit/clock.ts';
import { waitFor } from '../../../support/waitFor.ts';
import { assertCode, rejection } from '../assertCode.ts';
import { forSeeds, type SeededRandom } from '../seededRandom.ts';
import { gone, lost } from './answeringSource.ts';
import type { ReadScript, ScriptedSource } from './scriptedSource.ts';
import { fastClock, notTooFast, type RangesFixture, rangesFetch } from './transferFixture.ts';

const MIB = 1024 * 1024;

const honest: ReadScript = () => {};

const dead: ReadScript = () => {
  throw gone();
};

function assertSettled({ sources, part }: RangesFixture): void {
  for (const { readers, openLanes } of sources) assert.deepEqual([readers, openLanes], [0, 0], 'a lane was left');
  assert.equal(part.buffers.lent, 0, 'memory was not given back');
}

/** @param racedBytes that may have come twice */
function assertComplete(fixture: RangesFixture, racedBytes = 0): void {
  const { part, source } = fixture;
  assert.ok(part.bytes.equals(source.content), 'a byte is wrong');
  const twice = part.writtenBytes - source.content.length;
  assert.ok(twice >= 0 && twice <= racedBytes, `${twice} bytes were written twice`);
  assertSettled(fixture);
}

function mirrorsOf({ sources }: RangesFixture): [ScriptedSource, ScriptedSource] {
  const [a, b] = sources;
  assert.ok(a !== undefined && b !== undefined);
  return [a, b];
}

describe('RangesFetch from several sources', () => {
  it('asks all of them, and fetches each byte once', async () => {
    const fixture = rangesFetch({ sizeBytes: 30 * MIB + 7, mirrors: [honest, honest] });
    await fixture.run();
    assertComplete(fixture);
    for (const { reads } of fixture.sources) assert.ok(reads.length > 0, 'a source was not asked');
  });

  for (const maxLanes of [1, 2, 3, 8]) {
    it(`never reads by more than ${maxLanes} lanes at once, of all of them together`, async () => {
      let most = 0;
      const count: ReadScript = async () => {
        await notTooFast();
        most = Math.max(
          most,
          fixture.sources.reduce((sum, { readers }) => sum + readers, 0),
        );
      };
      const fixture = rangesFetch({ sizeBytes: 24 * MIB, maxLanes, script: count, mirrors: [count, count] });
      await fixture.run();
      assertComplete(fixture);
      assert.equal(most, maxLanes);
    });
  }

  it('goes on with the others when one is gone midway, and asks that one no more', async () => {
    const fixture = rangesFetch({
      sizeBytes: 24 * MIB,
      script: async ({ number }) => {
        await notTooFast();
        if (number >= 2) throw gone();
      },
      mirrors: [notTooFast],
    });
    await fixture.run();
    assertComplete(fixture);
    const [a] = mirrorsOf(fixture);
    assert.deepEqual(
      fixture.dropped.map(([source, { code }]) => [source.key, code]),
      [[a.key, 'not-found']],
    );
  });

  it('takes over what one had begun with that hangs', async () => {
    const fixture = rangesFetch({
      sizeBytes: 8 * MIB,
      nowMs: fastClock(20),
      script: async ({ give, hang }) => {
        await give(1000);
        await hang();
      },
      mirrors: [honest],
    });
    await fixture.run();
    assertComplete(fixture, MIB);
  });

  it('drops only the one whose file has changed', async () => {
    const changed = new TributaryError('file-changed', { host: 'h' });
    const fixture = rangesFetch({
      sizeBytes: 12 * MIB,
      script: () => {
        throw changed;
      },
      mirrors: [honest],
    });
    await fixture.run();
    assertComplete(fixture);
    assert.deepEqual(fixture.dropped, [[fixture.source, changed]]);
  });

  it('fails with what the last one failed with', async () => {
    const fixture = rangesFetch({ sizeBytes: MIB, script: dead, mirrors: [dead, dead] });
    assertCode(await rejection(fixture.run()), 'not-found');
    assert.equal(fixture.dropped.length, 3);
    assertSettled(fixture);
  });

  it('fails with what the disk says, whoever gave the bytes', async () => {
    const fixture = rangesFetch({ sizeBytes: 24 * MIB, mirrors: [honest] });
    fixture.part.onWrite = (position) => {
      if (position >= 9 * MIB) throw new TributaryError('disk-full', { path: '/x' });
    };
    assertCode(await rejection(fixture.run()), 'disk-full');
    assertSettled(fixture);
  });

  describe('while others may still join', () => {
    it('waits for them when the last one is gone, tells why, and goes on with who joins', async () => {
      const fixture = rangesFetch({
        sizeBytes: 3 * MIB,
        script: dead,
        mirrors: [honest],
        joined: 1,
        mayJoin: () => true,
      });
      const running = fixture.run();
      await waitFor('the drop', () => fixture.dropped.length === 1);
      const [, mirror] = mirrorsOf(fixture);
      fixture.fetch.join(mirror);
      await running;
      assertComplete(fixture);
    });

    it('fails once nobody will', async () => {
      let mayJoin = true;
      const fixture = rangesFetch({ sizeBytes: MIB, script: dead, mayJoin: () => mayJoin });
      const running = rejection(fixture.run());
      await waitFor('the drop', () => fixture.dropped.length === 1);
      mayJoin = false;
      fixture.fetch.sourcesChanged();
      assertCode(await running, 'not-found');
    });

    it('waits when nobody has joined yet, and is stopped meanwhile', async () => {
      const abort = new AbortController();
      const fixture = rangesFetch({ sizeBytes: MIB, joined: 0, mayJoin: () => true, signal: abort.signal });
      const running = rejection(fixture.run());
      await nextTurn();
      abort.abort('paused');
      assert.equal(await running, 'paused');
    });

    it('takes up who joins late, and gives one that failed another chance', async () => {
      let isBack = false;
      const fixture = rangesFetch({
        sizeBytes: 20 * MIB,
        maxLanes: 4,
        script: () => {
          if (!isBack) throw gone();
        },
        mirrors: [
          () => {
            if (isBack || fixture.dropped.length === 0) return;
            isBack = true;
            fixture.fetch.join(fixture.source);
          },
        ],
      });
      await fixture.run();
      assertComplete(fixture);
      assert.ok(isBack && fixture.source.reads.length > 1, 'it was not asked again');
    });
  });

  it('fails at once when there is nobody and nobody will come, unless nothing is missing', async () => {
    assertCode(await rejection(rangesFetch({ sizeBytes: 1, joined: 0 }).run()), 'internal');
    await rangesFetch({ sizeBytes: 0, joined: 0 }).run();
  });

  it('wastes no lane on a host that must not be asked', async () => {
    for (const maxLanes of [1, 2, 4]) {
      const hosts = new HostPolicies({ clock: systemClock, dateMs: Date.now });
      // Long enough for the mirror to do it alone, short enough to fail soon.
      hosts.hold('https://example.com', 3000, lost());
      const fixture = rangesFetch({ sizeBytes: 12 * MIB, maxLanes, hosts, mirrors: [honest] });
      await fixture.run();
      assertComplete(fixture);
      assert.equal(fixture.source.reads.length, 0);
    }
  });

  describe('what turns out to be wrong', () => {
    it('is not asked again of who is banned there; when all are, of all again', async () => {
      // The first runs are under way before anybody can be banned.
      const fixture = rangesFetch({ sizeBytes: 40 * MIB, mirrors: [honest] });
      const [a, b] = mirrorsOf(fixture);
      assert.equal(fixture.fetch.ban(a, 35 * MIB, 36 * MIB), true);
      assert.equal(fixture.fetch.ban(b, 37 * MIB, 38 * MIB), true);
      assert.equal(fixture.fetch.ban(a, 37 * MIB, 38 * MIB), false, 'nobody is left for that');
      await fixture.run();
      assertComplete(fixture);
      for (const { start, end } of a.reads)
        assert.ok(end <= 35 * MIB || start >= 36 * MIB, `a was asked for ${start} to ${end}`);
    });

    it('is asked of who was banned there when the others are gone', async () => {
      const fixture = rangesFetch({ sizeBytes: 40 * MIB, mirrors: [dead] });
      const [a] = mirrorsOf(fixture);
      fixture.fetch.ban(a, 35 * MIB, 36 * MIB);
      await fixture.run();
      assertComplete(fixture);
    });

    it('is fetched again before the end, from somebody else; the end waits for whoever checks', async () => {
      const fixture = rangesFetch({ sizeBytes: 2 * MIB, mirrors: [honest] });
      const [a, b] = mirrorsOf(fixture);
      let ended = false;
      fixture.fetch.checking();
      const running = fixture.run().then(() => {
        ended = true;
      });
      await waitFor('every byte', () => fixture.part.written.length === 2 * MIB);
      for (let turns = 0; turns < 10; turns++) await nextTurn();
      assert.equal(ended, false);
      const before = [a.reads.length, b.reads.length];
      fixture.fetch.ban(a, 0, 1000);
      fixture.fetch.refetch(0, 1000);
      fixture.fetch.checked();
      await running;
      assert.equal(fixture.part.writtenBytes, 2 * MIB + 1000);
      assert.deepEqual([a.reads.length, b.reads.length], [before[0], (before[1] ?? 0) + 1]);
      assertSettled(fixture);
    });
  });

  it('completes whatever fails in between, as long as one source lives', async () => {
    const properties: Promise<void>[] = [];
    // Side by side, since most of the time goes into pauses between attempts.
    await forSeeds(12, (random: SeededRandom) => {
      const script: ReadScript = async ({ number, give, range }) => {
        if (number > 15 || random.chance(0.6)) return;
        await give(random.between(0, range.end - range.start - 1));
        throw new TributaryError(random.pick(['connection-lost', 'server-busy', 'range-mismatch', 'not-found']));
      };
      const faulty: ReadScript = async (step) => {
        await script(step);
        if (step.number > 3 && random.chance(0.3)) throw gone();
      };
      const fixture = rangesFetch({
        sizeBytes: random.between(1, 12 * MIB),
        maxLanes: random.between(1, 8),
        script: honest,
        mirrors: Array.from({ length: random.between(1, 3) }, () => faulty),
      });
      properties.push(fixture.run().then(() => assertComplete(fixture, MIB)));
    });
    for (const [index, ended] of properties.entries())
      await ended.catch((cause) => assert.fail(`seed ${index + 1}: ${cause}`));
  }).timeout(20_000);
});
