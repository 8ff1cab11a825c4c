import assert from 'node:assert/strict';
import type { Source } from '../../../../src/engine/sources/source.ts';
import { HostPolicies } from '../../../../src/engine/transfer/hostPolicies.ts';
import {
  type DescribedSource,
  type Objection,
  SourceSupply,
  type SupplyInit,
} from '../../../../src/engine/transfer/sourceSupply.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { type Answer, AnsweringSource } from './answeringSource.ts';

export const HOUR_MS = 3600_000;

/** A supply in virtual time, and what it told. */
export class SupplyStage {
  readonly clock = new VirtualClock();
  readonly hosts = new HostPolicies({ clock: this.clock, dateMs: () => this.clock.nowMs() });
  readonly waited: string[] = [];
  readonly failed: [host: string, code: string][] = [];
  readonly joined: string[] = [];
  readonly supply: SourceSupply;

  constructor(init: Partial<SupplyInit> = {}) {
    this.supply = new SourceSupply(
      {
        hosts: this.hosts,
        clock: this.clock,
        random: () => 1,
        onWaiting: (reason) => void this.waited.push(reason.code),
        onSourceFailed: (source, error) => void this.failed.push([source.key, error.code]),
      },
      { wanted: () => null, sizeBytes: null, everReached: false, signal: new AbortController().signal, ...init },
    );
    this.supply.onDidJoin((source) => void this.joined.push(source.key));
  }

  /** Sources a, b, c ... with these answers, offered in this order. */
  offer(...answers: (readonly Answer[])[]): AnsweringSource[] {
    const sources = answers.map((given, n) => new AnsweringSource(String.fromCharCode(97 + n), this.clock, given));
    for (const source of sources) this.supply.offer(source);
    return sources;
  }

  /** The second of these two sources, once both have joined. */
  async joinTwo(first: readonly Answer[], second: readonly Answer[]): Promise<AnsweringSource> {
    const [, b] = this.offer(first, second);
    await this.follow();
    assert.ok(b !== undefined);
    return b;
  }

  lead(): Promise<DescribedSource> {
    return this.clock.runUntil(this.supply.lead(), HOUR_MS);
  }

  /** Goes on with the lead, and lets everybody answer who does so at once. */
  async follow(accept: (candidate: DescribedSource) => Objection | null = () => null): Promise<void> {
    this.supply.follow(await this.lead(), accept);
    await this.pass(1);
  }

  async pass(ms: number): Promise<void> {
    await this.clock.runUntil(this.clock.sleep(ms, { signal: new AbortController().signal }), HOUR_MS);
  }

  async close(): Promise<void> {
    await this.clock.runUntil(this.supply.close(), HOUR_MS);
  }
}

export function keysOf(sources: readonly Source[]): string[] {
  return sources.map(({ key }) => key);
}
