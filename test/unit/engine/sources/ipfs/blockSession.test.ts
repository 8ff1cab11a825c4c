import assert from 'node:assert/strict';
import type { CID } from 'multiformats/cid';
import type { BlockExchange, ExchangeEvent } from '../../../../../src/engine/net/ipfs/blockExchange.ts';
import { BlockSession } from '../../../../../src/engine/sources/ipfs/blockSession.ts';
import { Emitter } from '../../../../../src/kit/emitter.ts';
import { cidOfBytes } from '../../../../support/ipfs/cidOfBytes.ts';
import { VirtualClock } from '../../../../support/virtualClock.ts';
import { rejection } from '../../assertCode.ts';

const BLOCK = 1024 * 1024;

/** Peers in virtual time: each gives one block after the other at its own speed. */
class Swarm {
  readonly clock = new VirtualClock();
  readonly events = new Emitter<ExchangeEvent>();
  readonly asked: string[] = [];
  readonly session: BlockSession;
  readonly #speeds = new Map<string, number>();
  readonly #freeAt = new Map<string, number>();

  constructor(speeds: Record<string, number>) {
    const exchange = {
      onDidHappen: this.events.event,
      want: (peer: string, cid: CID) => this.#want(peer, cid),
      cancel: (peer: string, cid: CID) => this.asked.push(`${peer} not ${nameOf(cid)}`),
    };
    this.session = new BlockSession(
      { exchange: exchange as unknown as BlockExchange, clock: this.clock },
      { root: cid(0), firstByteMs: 2000 },
    );
    for (const [peer, speed] of Object.entries(speeds)) {
      this.#speeds.set(peer, speed);
      this.session.addPeer(peer);
    }
    this.session.searching = false;
  }

  fetch(n: number, signal = new AbortController().signal) {
    return this.session.fetch(cid(n), { signal, bytes: BLOCK });
  }

  count(peer: string): number {
    return this.asked.filter((line) => line.startsWith(`${peer} `) && !line.includes('not')).length;
  }

  #want(peer: string, wanted: CID): void {
    this.asked.push(`${peer} ${nameOf(wanted)}`);
    const speed = this.#speeds.get(peer) ?? 0;
    if (speed === 0) return;
    const at = Math.max(this.clock.nowMs(), this.#freeAt.get(peer) ?? 0) + (BLOCK * 1000) / speed;
    this.#freeAt.set(peer, at);
    this.clock.sleep(at - this.clock.nowMs(), { signal: new AbortController().signal }).then(
      () => {
        this.events.fire({ kind: 'bytes', peer, count: BLOCK });
        this.events.fire({ kind: 'block', peer, cid: wanted, data: Buffer.from(nameOf(wanted)) });
      },
      () => {},
    );
  }
}

const names = new Map<string, string>();
function cid(n: number): CID {
  const made = cidOfBytes(Buffer.from(`block ${n}`));
  names.set(made.toString(), String(n));
  return made;
}
function nameOf(made: CID): string {
  return names.get(made.toString()) ?? '?';
}

describe('BlockSession', () => {
  it('gives each peer as much as it can do', async () => {
    const swarm = new Swarm({ fast: 30 * BLOCK, slow: 10 * BLOCK });
    const all = Promise.all(Array.from({ length: 200 }, (_, n) => swarm.fetch(n)));
    await swarm.clock.runUntil(all, 60_000);
    const ideal = 200 / 40;
    assert.ok(swarm.clock.nowMs() / 1000 < ideal / 0.9, `${swarm.clock.nowMs()} ms`);
    assert.ok(swarm.count('fast') > 2 * swarm.count('slow'), `${swarm.count('fast')} and ${swarm.count('slow')}`);
  });

  it('asks for a block once, however many want it', async () => {
    const swarm = new Swarm({ a: BLOCK });
    const [one, two] = await swarm.clock.runUntil(Promise.all([swarm.fetch(1), swarm.fetch(1)]), 10_000);
    assert.deepEqual(one, two);
    assert.deepEqual(swarm.asked, ['a 1']);
  });

  it('passes over a peer that does not have it, and fails when nobody has', async () => {
    const swarm = new Swarm({ a: 0, b: 10 * BLOCK });
    const fetching = swarm.fetch(1);
    swarm.events.fire({ kind: 'missing', peer: 'a', cid: cid(1) });
    assert.equal((await swarm.clock.runUntil(fetching, 10_000)).peer, 'b');
    const other = swarm.fetch(2);
    for (const peer of ['a', 'b']) swarm.events.fire({ kind: 'missing', peer, cid: cid(2) });
    assert.equal(((await rejection(other)) as { code: string }).code, 'ipfs-no-provider');
  });

  it('a silent peer fails its blocks after the time to the first byte, rests 250 and 500 ms, then is left alone', async () => {
    const swarm = new Swarm({ a: 0 });
    const codes: string[] = [];
    for (let attempt = 0; attempt < 4; attempt++) {
      const caught = (await swarm.clock.runUntil(rejection(swarm.fetch(attempt)), 60_000)) as { code: string };
      codes.push(caught.code);
    }
    assert.deepEqual(codes, Array(4).fill('first-byte-timeout'));
    assert.equal(swarm.count('a'), 3, 'the fourth is not even asked of it');
    assert.ok(swarm.clock.nowMs() < 8500, `${swarm.clock.nowMs()} ms`);
  });

  it('never asks a corrupt peer again, and its blocks come from others', async () => {
    const swarm = new Swarm({ bad: 0, good: 20 * BLOCK });
    const all = Promise.all([1, 2, 3, 4].map((n) => swarm.fetch(n)));
    swarm.events.fire({ kind: 'corrupt', peer: 'bad' });
    const before = swarm.count('bad');
    assert.ok((await swarm.clock.runUntil(all, 10_000)).every(({ peer }) => peer === 'good'));
    await swarm.clock.runUntil(swarm.fetch(5), 10_000);
    assert.equal(swarm.count('bad'), before);
  });

  it('who gives up takes the want back; the block is kept when it comes all the same', async () => {
    const swarm = new Swarm({ a: BLOCK });
    const abort = new AbortController();
    const fetching = rejection(swarm.fetch(1, abort.signal));
    abort.abort(new Error('no longer'));
    assert.match(String(await fetching), /no longer/);
    assert.deepEqual(swarm.asked, ['a 1', 'a not 1']);
    swarm.events.fire({ kind: 'block', peer: 'a', cid: cid(1), data: Buffer.from('1') });
    assert.equal((await swarm.fetch(1)).peer, '');
    assert.equal(swarm.count('a'), 1);
  });

  it('asks somebody idle for what hangs at another', async () => {
    const swarm = new Swarm({ slow: BLOCK / 1.9, idle: 20 * BLOCK });
    await swarm.clock.runUntil(swarm.fetch(0), 10_000);
    swarm.events.fire({ kind: 'missing', peer: 'idle', cid: cid(9) });
    const found = await swarm.clock.runUntil(Promise.all([swarm.fetch(1), swarm.fetch(2), swarm.fetch(3)]), 10_000);
    assert.equal(found.length, 3);
    assert.ok(swarm.clock.nowMs() < 4000, `${swarm.clock.nowMs()} ms`);
  });

  it('a peer that went fails what it was asked for, at once', async () => {
    const swarm = new Swarm({ a: 0 });
    const fetching = rejection(swarm.fetch(1));
    swarm.events.fire({ kind: 'gone', peer: 'a' });
    assert.equal(((await fetching) as { code: string }).code, 'connection-lost');
  });
});
