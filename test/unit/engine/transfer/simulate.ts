import assert from 'node:assert/strict';
import { RangesFetch } from '../../../../src/engine/transfer/fetchRanges.ts';
import { HostPolicies } from '../../../../src/engine/transfer/hostPolicies.ts';
import { IntervalSet } from '../../../../src/engine/transfer/intervalSet.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { SeededRandom } from '../seededRandom.ts';
import { type NetworkInit, SimulatedNetwork, SimulatedPart } from './simulatedNetwork.ts';

const HOUR_MS = 3600_000;

export interface SimulateInit {
  readonly sizeBytes: number;
  readonly maxLanes: number;
  readonly seed: number;
  /** When each of the servers takes part. @default all from the beginning */
  readonly joinsAtMs?: readonly number[];
}

export interface Simulated {
  /** In virtual time. */
  readonly seconds: number;
  readonly requests: number;
  /** Sent by all servers. */
  readonly bytes: number;
  /** Sent by each. */
  readonly bytesOf: readonly number[];
  /** Most requests under way at once, of all servers together. */
  readonly mostReading: number;
  readonly failed: readonly string[];
}

/** Runs the real scheduler over simulated servers of the same file, and tells how long it takes and what it costs. */
export async function simulate(servers: readonly NetworkInit[], init: SimulateInit): Promise<Simulated> {
  const { sizeBytes, maxLanes, seed, joinsAtMs = [] } = init;
  const clock = new VirtualClock();
  const random = new SeededRandom(seed);
  const networks = servers.map((server) => new SimulatedNetwork(server, { clock, random }));
  const written = new IntervalSet();
  const failed: string[] = [];
  let pending = joinsAtMs.filter((atMs) => atMs > 0).length;
  let mostReading = 0;
  const { signal } = new AbortController();
  const fetch: RangesFetch = new RangesFetch(
    {
      part: new SimulatedPart(),
      throttlesOf: () => [],
      hosts: new HostPolicies({ clock, dateMs: () => clock.nowMs() }),
      clock,
      random: () => random.next(),
      sinks: new Map(),
      onReceived: (source, bytes) => {
        mostReading = Math.max(
          mostReading,
          networks.reduce((sum, { reading }) => sum + reading, 0),
        );
        fetch.received(source, bytes);
      },
      onWritten: (_, start, end) => written.add(start, end),
      onRunStarted: () => {},
      onAsked: () => {},
      onRunFailed: () => {},
      onSourceFailed: (source) => void failed.push(source.key),
      onRestart: () => {},
      onLanes: () => {},
    },
    { missing: new IntervalSet([{ start: 0, end: sizeBytes }]), maxLanes, signal, mayJoin: () => pending > 0 },
  );
  for (const [index, network] of networks.entries()) {
    const atMs = joinsAtMs[index] ?? 0;
    if (atMs === 0) fetch.join(network);
    else
      void clock.sleep(atMs, { signal }).then(() => {
        pending--;
        fetch.join(network);
      });
  }
  await clock.runUntil(fetch.run(), HOUR_MS);
  assert.equal(written.length, sizeBytes, 'a byte is missing');
  const bytesOf = networks.map(({ bytes }) => bytes);
  return {
    seconds: clock.nowMs() / 1000,
    requests: networks.reduce((sum, { requests }) => sum + requests, 0),
    bytes: bytesOf.reduce((sum, bytes) => sum + bytes, 0),
    bytesOf,
    mostReading,
    failed,
  };
}

/** Every run of the tests shows how far from the ideal they end, so that a change of the scheduler can be judged. */
export function printDistribution(what: string, ratios: readonly number[]): void {
  const sorted = [...ratios].sort((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(2);
  console.log(
    `      ${what}: p10 ${at(0.1)}, p50 ${at(0.5)}, p90 ${at(0.9)}, p99 ${at(0.99)}, most ${at(1)} (${sorted.length})`,
  );
}
