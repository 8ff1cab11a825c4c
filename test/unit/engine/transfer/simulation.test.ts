import assert from 'node:assert/strict';
import { SeededRandom } from '../seededRandom.ts';
import { printDistribution, simulate } from './simulate.ts';
import type { NetworkInit } from './simulatedNetwork.ts';

const MB = 1_000_000;
const LANES = 16;

/** A file on one server. */
interface Case extends NetworkInit {
  readonly sizeBytes: number;
}

/** With all lanes from the first moment, no failures and no request but the first. */
function idealSeconds({ sizeBytes, linkSpeed, laneSpeed, laneCap, latencyMs }: Case): number {
  return sizeBytes / Math.min(linkSpeed, laneSpeed * Math.min(LANES, laneCap)) + latencyMs / 1000;
}

function randomNetwork(random: SeededRandom): Case {
  const laneSpeed = random.pick([0.3, 1, 4, 20]) * MB;
  const linkSpeed = laneSpeed * random.pick([1, 3, 10, 30]);
  return {
    // Ten to forty seconds of work.
    sizeBytes: Math.round(Math.min(linkSpeed, laneSpeed * LANES) * random.between(10, 40)),
    linkSpeed,
    laneSpeed,
    latencyMs: random.pick([1, 20, 100, 300]),
    failures: random.pick([0, 0, 0.05, 0.2]),
    crawlers: random.pick([0, 0, 0.05, 0.2]),
    laneCap: random.pick([LANES, LANES, LANES, 6, 2]),
  };
}

describe('the scheduler in simulated networks', function () {
  this.timeout(120_000);

  it('ends within a stated factor of the ideal, whatever the network', async () => {
    const ratios: number[] = [];
    const clean: number[] = [];
    for (let seed = 1; seed <= 300; seed++) {
      const init = randomNetwork(new SeededRandom(seed));
      const { seconds, bytes } = await simulate([init], { sizeBytes: init.sizeBytes, maxLanes: LANES, seed });
      const ratio = seconds / idealSeconds(init);
      const kind = init.failures === 0 && init.crawlers === 0 && init.laneCap === LANES;
      (kind ? clean : ratios).push(ratio);
      // Twenty in a hundred requests may crawl at a hundredth of the speed, and twenty break off.
      const limit = kind ? 1.25 : 2.5;
      assert.ok(ratio < limit, `seed ${seed}: ${ratio.toFixed(2)} times the ideal: ${JSON.stringify(init)}`);
      assert.ok(bytes < init.sizeBytes * 1.1 + 16 * MB, `seed ${seed}: ${bytes} bytes for ${init.sizeBytes}`);
    }
    // What makes the worst one is chance: a cap that is learned while requests break off.
    const above = ratios.filter((ratio) => ratio > 2.25);
    assert.ok(above.length <= ratios.length / 100, `${above.length} of ${ratios.length}`);
    printDistribution('well-behaved networks, time / ideal', clean);
    printDistribution('with failures, crawlers or caps, time / ideal', ratios);
  });

  it('does not end on one crawling lane', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const init = {
        sizeBytes: 100 * MB,
        linkSpeed: 100 * MB,
        laneSpeed: 10 * MB,
        latencyMs: 20,
        failures: 0,
        crawlers: 0.3,
        laneCap: LANES,
      };
      const { seconds } = await simulate([init], { sizeBytes: init.sizeBytes, maxLanes: LANES, seed });
      // One second of work. A single crawling request alone would take ten for a MiB.
      assert.ok(seconds < 6, `seed ${seed}: ${seconds} s`);
    }
  });

  it('finishes on a server that is slow for everybody', async () => {
    const init = {
      sizeBytes: 2 * MB,
      linkSpeed: MB,
      laneSpeed: 5000,
      latencyMs: 500,
      failures: 0.1,
      crawlers: 0,
      laneCap: LANES,
    };
    const { requests } = await simulate([init], { sizeBytes: init.sizeBytes, maxLanes: LANES, seed: 1 });
    assert.ok(requests < 200, `${requests} requests`);
  });
});
