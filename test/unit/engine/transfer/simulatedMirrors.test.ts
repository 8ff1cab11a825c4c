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

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
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

  it('ends within a stated factor of the ideal, whatever the servers, and never uses more lanes than it may', async () => {
    const clean: number[] = [];
    const faulty: number[] = [];
    for (let seed = 1; seed <= 200; seed++) {
      const { servers, sizeBytes } = randomServers(new SeededRandom(seed));
      const { seconds, bytes, mostReading } = await simulate(servers, { sizeBytes, maxLanes: LANES, seed });
      const ratio = seconds / idealSeconds(servers, sizeBytes, LANES);
      const isClean = servers.every(
        ({ failures, crawlers, laneCap }) => failures + crawlers === 0 && laneCap === LANES,
      );
      (isClean ? clean : faulty).push(ratio);
      // A server that refuses its seventh lane is left with three for an hour.
      const limit = isClean ? 2.5 : 4.5;
      assert.ok(ratio < limit, `seed ${seed}: ${ratio.toFixed(2)} times the ideal: ${JSON.stringify(servers)}`);
      assert.ok(mostReading <= LANES, `seed ${seed}: ${mostReading} lanes`);
      assert.ok(bytes < sizeBytes * 1.1 + 8 * MIB, `seed ${seed}: ${bytes} bytes for ${sizeBytes}`);
    }
    printDistribution('well-behaved servers, time / ideal', clean);
    printDistribution('with failures, crawlers or caps, time / ideal', faulty);
    assert.ok(median(clean) < 1.25, `half of the well-behaved ones take ${median(clean).toFixed(2)} times the ideal`);
    assert.ok(median(faulty) < 1.35, `half of the others take ${median(faulty).toFixed(2)} times the ideal`);
  });

  for (const how of ['refuses', 'hangs'] as const) {
    it(`goes on without a server that ${how} midway`, async () => {
      const ratios: number[] = [];
      for (let seed = 1; seed <= 60; seed++) {
        const random = new SeededRandom(seed);
        const { servers: living, sizeBytes } = randomServers(random);
        // It dies somewhere in the first half, when all is well.
        const atMs = Math.round((sizeBytes / bestSpeed(living, LANES)) * 1000 * (0.1 + 0.4 * random.next()));
        const dying = random.between(0, living.length - 1);
        const servers = living.map((server, n) => ({
          ...server,
          failures: 0,
          crawlers: 0,
          laneCap: LANES,
          ...(n === dying ? { dies: { atMs, how } } : {}),
        }));
        const { seconds, failed } = await simulate(servers, { sizeBytes, maxLanes: LANES, seed });
        const ratio = seconds / idealSeconds(servers, sizeBytes, LANES);
        ratios.push(ratio);
        assert.ok(ratio < 4.5, `seed ${seed}: ${ratio.toFixed(2)} times the ideal: ${JSON.stringify(servers)}`);
        assert.ok(
          failed.every((key) => key === servers[dying]?.host),
          `seed ${seed}: a living server was given up`,
        );
      }
      printDistribution(`one ${how} midway, time / ideal`, ratios);
    });
  }

  for (const lanes of [8, 16]) {
    it(`makes good use of ${lanes} lanes when one of two mirrors is twenty times as fast as the other`, async () => {
      for (const latencyMs of [1, 50]) {
        for (const fastFirst of [true, false]) {
          const common = { latencyMs, failures: 0, crawlers: 0, laneCap: 64, linkSpeed: 1000 * MIB };
          const servers: NetworkInit[] = [
            { ...common, host: 'fast', laneSpeed: 4 * MIB },
            { ...common, host: 'slow', laneSpeed: 200 * KIB },
          ];
          if (!fastFirst) servers.reverse();
          const { seconds } = await simulate(servers, { sizeBytes: 256 * MIB, maxLanes: lanes, seed: 1 });
          const ratio = seconds / idealSeconds(servers, 256 * MIB, lanes);
          // All lanes at the fast one would be the ideal; one is kept at the slow one, and the first second is spent on finding out.
          assert.ok(
            ratio < 1.5,
            `${ratio.toFixed(2)} times the ideal, ${latencyMs} ms, ${fastFirst ? 'fast' : 'slow'} first`,
          );
          console.log(
            `      ${lanes} lanes, ${latencyMs} ms: ${seconds.toFixed(1)} s, ${ratio.toFixed(2)} times the ideal`,
          );
        }
      }
    });
  }

  it('takes up a fast server that joins late', async () => {
    const common = { latencyMs: 20, failures: 0, crawlers: 0, laneCap: 64, linkSpeed: 1000 * MIB };
    const servers: NetworkInit[] = [
      { ...common, host: 'slow', laneSpeed: 200 * KIB },
      { ...common, host: 'fast', laneSpeed: 4 * MIB },
    ];
    const { seconds } = await simulate(servers, { sizeBytes: 512 * MIB, maxLanes: 16, seed: 1, joinsAtMs: [0, 5000] });
    const ideal = 5 + (512 - (5 * 16 * 200) / 1024) / 64;
    assert.ok(seconds < 1.5 * ideal, `${seconds.toFixed(1)} s, ideal ${ideal.toFixed(1)} s`);
  });
});
