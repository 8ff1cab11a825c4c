import assert from 'node:assert/strict';
import { FlowSink } from '../../../../src/engine/transfer/flowSink.ts';
import { Throttle } from '../../../../src/engine/transfer/throttle.ts';
import { systemClock } from '../../../../src/kit/clock.ts';
import { rejection } from '../assertCode.ts';
import { MemoryPart } from './memoryPart.ts';

describe('FlowSink', () => {
  const signal = new AbortController().signal;
  let nowMs: number;
  let throttle: Throttle;
  let other: Throttle;
  let received: number;
  let part: MemoryPart;

  beforeEach(() => {
    nowMs = 0;
    received = 0;
    throttle = new Throttle({ nowMs: () => nowMs });
    other = new Throttle({ nowMs: () => nowMs });
    part = new MemoryPart(4_000_000);
  });

  function flowInto(length: number): { flow: FlowSink; sink: ReturnType<MemoryPart['sink']> } {
    const sink = part.sink({ start: 0, end: length }, () => {});
    const onReceived = (bytes: number): void => {
      received += bytes;
    };
    return { sink, flow: new FlowSink(sink, { throttles: [other, throttle], clock: systemClock, onReceived }) };
  }

  it('lends as much as the disk does, and counts', () => {
    const { flow } = flowInto(3_000_000);
    assert.equal(flow.lend().length, 1024 * 1024);
    assert.equal(flow.filled(1000), true);
    assert.equal(flow.position, 1000);
    assert.equal(flow.remaining, 2_999_000);
    assert.equal(received, 1000);
  });

  it('lends little at a time under a limit, but never nothing', () => {
    throttle.setLimit(1000);
    const { flow } = flowInto(3_000_000);
    assert.equal(flow.lend().length, 16 * 1024);
    throttle.take(1e9);
    assert.ok(flow.lend().length > 0);
  });

  it('asks for a pause when more came than the limit allows, and is ready once that is made up for', async () => {
    throttle.setLimit(1_000_000);
    const { flow } = flowInto(100_000);
    flow.lend();
    assert.equal(flow.filled(5000), false);
    let ready = false;
    const waiting = flow.ready({ signal }).then(() => {
      ready = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(ready, false);
    nowMs += 5;
    await waiting;
  });

  it('waits as long as the slowest of all limits wants, and takes from each', async () => {
    throttle.setLimit(1_000_000);
    other.setLimit(100_000);
    const { flow } = flowInto(100_000);
    flow.lend();
    assert.equal(flow.filled(5000), false);
    assert.deepEqual([throttle.waitMs(), other.waitMs()], [5, 50]);
    let ready = false;
    const waiting = flow.ready({ signal }).then(() => {
      ready = true;
    });
    nowMs += 5;
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(ready, false);
    nowMs += 45;
    await waiting;
  });

  it('stops waiting when it is aborted', async () => {
    throttle.setLimit(1);
    const { flow } = flowInto(100_000);
    flow.lend();
    flow.filled(5000);
    const abort = new AbortController();
    const waiting = rejection(flow.ready({ signal: abort.signal }));
    const reason = new Error('enough');
    abort.abort(reason);
    assert.equal(await waiting, reason);
  });

  it('counts no byte that came for somebody else, because the range was cut short while memory was lent', () => {
    const { flow, sink } = flowInto(100_000);
    flow.lend();
    sink.shrinkTo(40_000);
    flow.filled(100_000);
    assert.equal(flow.position, 40_000);
    assert.equal(received, 40_000);
  });
});
