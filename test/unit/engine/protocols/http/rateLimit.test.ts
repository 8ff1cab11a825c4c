import assert from 'node:assert/strict';
import { parseRateLimit } from '../../../../../src/engine/protocols/http/rateLimit.ts';

const DAY = 24 * 3600 * 1000;

describe('parseRateLimit', () => {
  const waits: [header: string | null, waitMs: number | null][] = [
    [null, null],
    ['', null],
    // The draft of the IETF, as hubs send it.
    ['"default";r=0;t=30', 30_000],
    ['"default";r=1;t=30', null],
    ['"api|ip:1.2.3.4";r=0;t=293', 293_000],
    ['"default"; r=0; t=30', 30_000],
    ['"default";t=30;r=0', 30_000],
    ['"default";r=0;pk=:cGFydGl0aW9u:;t=5', 5000],
    ['default;r=0;t=5', 5000],
    ['"default";r=0', null],
    ['"default";t=30', null],
    ['"default";r=0;t=0', 0],
    ['"default";r=10;t=30', null],
    ['"default";r=00;t=030', 30_000],
    // Each member is a quota of its own.
    ['"burst";r=5;t=1, "daily";r=0;t=3600', 3_600_000],
    ['"burst";r=0;t=1, "daily";r=0;t=3600', 3_600_000],
    ['"burst";r=0;t=1, "daily";r=9;t=3600', 1000],
    ['"burst";r=5;t=1, "daily";r=9;t=3600', null],
    ['"burst";r=0, "daily";r=9;t=3600', null],
    // The older form is one quota.
    ['limit=100, remaining=0, reset=30', 30_000],
    ['limit=100,remaining=0,reset=30', 30_000],
    ['reset=30, remaining=0', 30_000],
    ['Limit=100, Remaining=0, Reset=30', 30_000],
    ['limit=100, remaining=3, reset=30', null],
    ['remaining=0', null],
    ['reset=30', null],
    ['limit=0, reset=30', null],
    // Bounds and nonsense.
    ['"default";r=0;t=86400', DAY],
    ['"default";r=0;t=999999999', DAY],
    ['"default";r=0;t=9999999999', null],
    ['"default";r=0;t=-5', null],
    ['"default";r=0.5;t=30', null],
    ['"default";r=0;t=1.5', null],
    ['"default";r=;t=30', null],
    ['"default";r=no;t=30', null],
    ['"default";er=0;et=30', null],
    ['0;30', null],
    ['100, 100;w=10', null],
  ];
  for (const [header, waitMs] of waits) {
    it(`of ${JSON.stringify(header)} is ${waitMs}`, () => assert.equal(parseRateLimit(header), waitMs));
  }
});
