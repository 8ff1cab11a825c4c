import assert from 'node:assert/strict';
import { TributaryError } from '../../../../src/contract/errors.ts';
import { HostPolicies } from '../../../../src/engine/transfer/hostPolicies.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { forSeeds } from '../seededRandom.ts';

const HOST = 'https://h';
const HOUR_MS = 3600_000;
const DAY_ONE_MS = 1_000_000_000;

describe('HostPolicies', () => {
  let clock: VirtualClock;
  let hosts: HostPolicies;

  beforeEach(() => {
    clock = new VirtualClock();
    hosts = new HostPolicies({ clock, dateMs });
  });

  function dateMs(): number {
    return DAY_ONE_MS + clock.nowMs();
  }

  async function pass(ms: number): Promise<void> {
    await clock.runUntil(clock.sleep(ms, { signal: new AbortController().signal }), 1000 * HOUR_MS);
  }

  function open(count: number): void {
    for (let n = 0; n < count; n++) hosts.opened(HOST);
  }

  it('lets everybody have everything of a host of which nothing is known', () => {
    hosts.join(HOST);
    open(50);
    assert.equal(hosts.mayOpen(HOST, 50), true);
    assert.equal(hosts.isOverCap(HOST, 50), false);
    assert.equal(hosts.held(HOST), null);
    assert.deepEqual(hosts.kept(), []);
  });

  describe('a cap', () => {
    it('is half of what was open when the host refused, and half of that the next time, never below one', async () => {
      hosts.join(HOST);
      open(13);
      for (const lanes of [6, 3, 1, 1]) {
        hosts.halve(HOST);
        assert.equal(hosts.kept()[0]?.lanes, lanes);
        await pass(1000);
      }
    });

    it('is halved once by all refusals of one moment', async () => {
      hosts.join(HOST);
      open(16);
      for (let n = 0; n < 16; n++) hosts.halve(HOST);
      await pass(999);
      hosts.halve(HOST);
      assert.equal(hosts.kept()[0]?.lanes, 8);
    });

    it('leaves every task its first lane, and makes the last ones superfluous', () => {
      hosts.join(HOST);
      open(4);
      hosts.halve(HOST);
      assert.equal(hosts.isOverCap(HOST, 4), true);
      hosts.closed(HOST);
      hosts.closed(HOST);
      assert.equal(hosts.isOverCap(HOST, 2), false);
      assert.equal(hosts.mayOpen(HOST, 2), false);
      assert.equal(hosts.mayOpen(HOST, 0), true, 'a task that has none');
      hosts.closed(HOST);
      assert.equal(hosts.mayOpen(HOST, 1), true);
    });

    it('is believed for an hour', async () => {
      hosts.join(HOST);
      open(4);
      hosts.halve(HOST);
      await pass(HOUR_MS - 1);
      assert.equal(hosts.mayOpen(HOST, 4), false);
      await pass(1);
      assert.equal(hosts.mayOpen(HOST, 4), true);
      assert.deepEqual(hosts.kept(), []);
    });

    it('is told to whoever keeps it, and outlives the process and the last lane', () => {
      let changes = 0;
      hosts.onDidChange(() => void changes++);
      hosts.join(HOST);
      open(4);
      hosts.halve(HOST);
      for (let n = 0; n < 4; n++) hosts.closed(HOST);
      hosts.leave(HOST);
      assert.equal(changes, 1);
      const kept = hosts.kept();
      assert.deepEqual(kept, [{ host: HOST, lanes: 2, expiresMs: DAY_ONE_MS + HOUR_MS }]);
      const later = new HostPolicies({ clock, dateMs });
      later.restore([...kept, { host: 'https://old', lanes: 1, expiresMs: DAY_ONE_MS }]);
      assert.deepEqual(later.kept(), kept, 'what has expired is not brought back');
    });

    it('is of that host alone', () => {
      hosts.join(HOST);
      open(4);
      hosts.halve(HOST);
      assert.equal(hosts.mayOpen('https://other', 10), true);
    });
  });

  describe("the user's limit", () => {
    it('holds where nothing was learned, and from now on', () => {
      hosts.join(HOST);
      open(3);
      hosts.limit(3);
      assert.deepEqual([hosts.mayOpen(HOST, 3), hosts.isOverCap(HOST, 3)], [false, false]);
      hosts.limit(2);
      assert.equal(hosts.isOverCap(HOST, 3), true);
      hosts.limit(8);
      assert.equal(hosts.mayOpen(HOST, 3), true);
    });

    it('holds beside a cap: the smaller one counts', () => {
      hosts.join(HOST);
      open(8);
      hosts.halve(HOST);
      hosts.limit(6);
      assert.equal(hosts.isOverCap(HOST, 5), true);
      hosts.limit(2);
      assert.equal(hosts.isOverCap(HOST, 3), true);
    });
  });

  describe('transfers that use one host', () => {
    it('share its lanes, the odd one goes to whoever comes first', () => {
      hosts.limit(5);
      hosts.join(HOST);
      open(5);
      assert.equal(hosts.isOverCap(HOST, 5), false);
      hosts.join(HOST);
      assert.equal(hosts.isOverCap(HOST, 5), true, 'another one has a right to two');
      assert.equal(hosts.mayOpen(HOST, 2), false, 'all are taken');
      hosts.closed(HOST);
      hosts.closed(HOST);
      assert.equal(hosts.isOverCap(HOST, 3), false);
      assert.equal(hosts.mayOpen(HOST, 3), false);
      assert.equal(hosts.mayOpen(HOST, 1), true);
      hosts.leave(HOST);
      assert.equal(hosts.mayOpen(HOST, 3), true);
    });

    it('come to rest with one lane each at least, none with more than its share, and no lane free that somebody wants', async () => {
      await forSeeds(200, (random) => {
        hosts = new HostPolicies({ clock, dateMs });
        const most = random.between(1, 12);
        hosts.limit(most);
        const transfers: { lanes: number; wants: number }[] = [];
        for (let step = 0; step < 60; step++) {
          if (random.chance(0.2) && transfers.length < 5) {
            hosts.join(HOST);
            transfers.push({ lanes: 0, wants: random.between(1, 16) });
          } else if (transfers.length > 0 && random.chance(0.05)) {
            for (let left = transfers.pop()?.lanes ?? 0; left > 0; left--) hosts.closed(HOST);
            hosts.leave(HOST);
          }
          adjust(transfers);
        }
        while (adjust(transfers)) assert.ok(transfers.length > 0);
        const total = transfers.reduce((sum, { lanes }) => sum + lanes, 0);
        assert.ok(total <= Math.max(most, transfers.length), `${total} lanes of ${most}`);
        const share = Math.ceil(most / transfers.length);
        const wanted = transfers.reduce((sum, { wants }) => sum + Math.min(wants, share), 0);
        assert.ok(total >= Math.min(most, wanted), 'a lane is free that somebody wants');
        for (const { lanes } of transfers) assert.ok(lanes >= 1 && lanes <= share);
      });
    });

    /** What each transfer does with the answers; true when something changed. */
    function adjust(transfers: { lanes: number; wants: number }[]): boolean {
      let changed = false;
      for (const transfer of transfers) {
        if (hosts.isOverCap(HOST, transfer.lanes)) {
          hosts.closed(HOST);
          transfer.lanes--;
          changed = true;
        } else if (transfer.lanes < transfer.wants && hosts.mayOpen(HOST, transfer.lanes)) {
          hosts.opened(HOST);
          transfer.lanes++;
          changed = true;
        }
      }
      return changed;
    }
  });

  describe('a hold', () => {
    const reason = new TributaryError('server-busy', { host: 'h', status: 503 });
    const other = new TributaryError('server-busy', { host: 'h', status: 429 });

    it('lasts as long as the host said, and tells why', async () => {
      hosts.hold(HOST, 5000, reason);
      await pass(1000);
      assert.deepEqual(hosts.held(HOST), { ms: 4000, reason });
      assert.equal(hosts.held('https://other'), null);
      await pass(4000);
      assert.equal(hosts.held(HOST), null);
    });

    it('is never shortened by another one; the longer one counts', async () => {
      hosts.hold(HOST, 5000, reason);
      hosts.hold(HOST, 1000, other);
      assert.deepEqual(hosts.held(HOST), { ms: 5000, reason });
      hosts.hold(HOST, 6000, other);
      assert.deepEqual(hosts.held(HOST), { ms: 6000, reason: other });
    });

    it('is not kept over a restart', () => {
      hosts.hold(HOST, 5000, reason);
      assert.deepEqual(hosts.kept(), []);
    });
  });

  it('remembers a hold and a cap while nobody uses the host, and counts right after it was forgotten', async () => {
    hosts.join(HOST);
    open(2);
    hosts.hold(HOST, 5000, new TributaryError('server-busy', { host: 'h', status: 503 }));
    hosts.closed(HOST);
    hosts.closed(HOST);
    hosts.leave(HOST);
    assert.equal(hosts.held(HOST)?.ms, 5000);
    await pass(6000);
    assert.equal(hosts.held(HOST), null);
    hosts.limit(2);
    hosts.join(HOST);
    open(1);
    assert.equal(hosts.mayOpen(HOST, 1), true);
    open(1);
    assert.equal(hosts.mayOpen(HOST, 2), false);
  });
});
