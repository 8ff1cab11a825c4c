import assert from 'node:assert/strict';
import { SeededRandom } from '../seededRandom.ts';
import { printDistribution, simulate } from './simulate.ts';
import type { NetworkInit } from './simulatedNetwork.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const LANES = 16;

/** Bytes per second that the servers give together with the best split of the lanes. */
function bestSpeed(servers: readonly NetworkInit[], maxLanes: number): number {
  const lanes = servers.map(() => 0);
  const speedOf = ({ laneSpeed, linkSpeed, laneCap }: NetworkInit, count: number): number =>
    Math.min(linkSpeed, laneSpeed * Math.min(count, laneCap));
  // One more lane never brings more than the one before, so taking the best one each time is the best split.
  for (let n = 0; n < maxLanes; n++) {
    const gains = servers.map((server, i) => speedOf(server, (lanes[i] ?? 0) + 1) - speedOf(server, lanes[i] ?? 0));
    const best = gains.indexOf(Math.max(...gains));
    lanes[best] = (lanes[best] ?? 0) + 1;
  }
  return servers.reduce((sum, server, i) => sum + speedOf(server, lanes[i] ?? 0), 0);
}

/**
 * Size / max over all splits n of the lanes (n1 + n2 + ... <= maxLanes) of the sum of min(link, n * lane), plus the shortest
 * latency: all lanes from the first moment, no failures, no request but the first. A server that dies counts until then,
 * and the others with their best split after that.
 */
function idealSeconds(servers: readonly NetworkInit[], sizeBytes: number, maxLanes: number): number {
  const latency = Math.min(...servers.map(({ latencyMs }) => latencyMs)) / 1000;
  const speed = bestSpeed(servers, maxLanes);
  const dying = servers.find(({ dies }) => dies !== undefined)?.dies;
  if (dying === undefined || sizeBytes / speed <= dying.atMs / 1000) return sizeBytes / speed + latency;
  const others = bestSpeed(
    servers.filter(({ dies }) => dies === undefined),
    maxLanes,
  );
  return dying.atMs / 1000 + (sizeBytes - (speed * dying.atMs) / 1000) / others + latency;
}

function randomServers(random: SeededRandom): { servers: NetworkInit[]; sizeBytes: number } {
  const slowest = random.pick([0.1, 0.3, 1]) * MIB;
  const count = random.between(2, 4);
  const faulty = random.chance(0.5);
  const servers: NetworkInit[] = [];
  for (let n = 0; n < count; n++) {
    const laneSpeed = slowest * (n === 0 ? 1 : random.pick([1, 2, 5, 20, 50]));
    servers.push({
      host: `m${n}`,
      laneSpeed,
      linkSpeed: laneSpeed * random.pick([1, 3, 10, 30]),
      latencyMs: random.pick([1, 20, 100, 300]),
      failures: faulty ? random.pick([0, 0.05, 0.2]) : 0,
      crawlers: faulty ? random.pick([0, 0.05, 0.2]) : 0,
      laneCap: faulty ? random.pick([LANES, LANES, 6, 2]) : LANES,
    });
  }
  // The order in which they were given means nothing.
  servers.sort(() => random.next() - 0.5);
  return { servers, sizeBytes: Math.round(bestSpeed(servers, LANES) * random.between(10, 40)) };
}

describe('the scheduler over several simulated servers', function () {
  this.timeout(240_000);

  it('ends within a stated factor of the ideal, whatever the servers', async () => {
    const clean: number[] = [];
    const faulty: number[] = [];
    const rows: [number, string][] = [];
    for (let seed = 1; seed <= 200; seed++) {
      const { servers, sizeBytes } = randomServers(new SeededRandom(seed));
      const { seconds, bytes, mostReading, bytesOf } = await simulate(servers, { sizeBytes, maxLanes: LANES, seed });
      const ideal = idealSeconds(servers, sizeBytes, LANES);
      const ratio = seconds / ideal;
      const kind = servers.every(({ failures, crawlers, laneCap }) => failures + crawlers === 0 && laneCap === LANES);
      (kind ? clean : faulty).push(ratio);
      rows.push([
        ratio,
        `seed ${seed} ${kind ? 'clean' : 'faulty'} ${ratio.toFixed(2)} ideal ${ideal.toFixed(1)} s, most lanes ${mostReading}, extra ${(bytes / sizeBytes - 1).toFixed(3)} ${bytesOf.map((b, i) => `${servers[i]?.host}: ${((servers[i]?.laneSpeed ?? 0) / MIB).toFixed(1)}x${((servers[i]?.linkSpeed ?? 0) / (servers[i]?.laneSpeed ?? 1)).toFixed(0)} lat ${servers[i]?.latencyMs} cap ${servers[i]?.laneCap} f ${servers[i]?.failures} c ${servers[i]?.crawlers} ${(b / MIB).toFixed(0)}MiB`).join('; ')}`,
      ]);
    }
    printDistribution('clean', clean);
    printDistribution('faulty', faulty);
    rows.sort((a, b) => b[0] - a[0]);
    for (const [, text] of rows.slice(0, 25)) console.log(text);
    assert.ok(true);
  });

  for (const lanes of [8, 16]) {
    it(`4 MiB/s and 200 KiB/s, ${lanes} lanes`, async () => {
      for (const latencyMs of [1, 50])
        for (const swap of [false, true]) {
          const common = { latencyMs, failures: 0, crawlers: 0, laneCap: 64, linkSpeed: 1000 * MIB };
          const servers = [
            { ...common, host: 'fast', laneSpeed: 4 * MIB },
            { ...common, host: 'slow', laneSpeed: 200 * KIB },
          ];
          if (swap) servers.reverse();
          const r = await simulate(servers, { sizeBytes: 256 * MIB, maxLanes: lanes, seed: 1 });
          const ideal = idealSeconds(servers, 256 * MIB, lanes);
          console.log(
            lanes,
            latencyMs,
            swap,
            (r.seconds / ideal).toFixed(3),
            r.seconds.toFixed(2),
            ideal.toFixed(2),
            r,
          );
        }
    });
  }
});
