import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { ChildAbort, onAbort, sleep } from '../../../src/kit/abort.ts';

function listeners(signal: AbortSignal): number {
  return getEventListeners(signal, 'abort').length;
}

describe('sleep', () => {
  it('resolves and leaves no listener behind', async () => {
    const { signal } = new AbortController();
    await sleep(1, { signal });
    assert.equal(listeners(signal), 0);
  });

  it('rejects with the reason as soon as it is aborted, and leaves no listener behind', async () => {
    const abort = new AbortController();
    const sleeping = sleep(3_600_000, { signal: abort.signal });
    abort.abort('paused');
    await assert.rejects(sleeping, (reason) => reason === 'paused');
    assert.equal(listeners(abort.signal), 0);
  });

  it('does not begin when it was aborted before', async () => {
    await assert.rejects(sleep(3_600_000, { signal: AbortSignal.abort('paused') }), (reason) => reason === 'paused');
  });
});

describe('onAbort', () => {
  it('calls back once with the reason', () => {
    const abort = new AbortController();
    const heard: unknown[] = [];
    onAbort(abort.signal, (reason) => heard.push(reason));
    abort.abort('a');
    abort.abort('b');
    assert.deepEqual(heard, ['a']);
  });

  it('calls back at once when it was aborted before', () => {
    const heard: unknown[] = [];
    onAbort(AbortSignal.abort('a'), (reason) => heard.push(reason)).dispose();
    assert.deepEqual(heard, ['a']);
  });

  it('is silent and gone once it was disposed', () => {
    const abort = new AbortController();
    const link = onAbort(abort.signal, () => assert.fail('nobody listens'));
    link.dispose();
    link.dispose();
    assert.equal(listeners(abort.signal), 0);
    abort.abort();
  });
});

describe('ChildAbort', () => {
  it('is aborted with its parent, for the same reason', () => {
    const parent = new AbortController();
    const child = new ChildAbort(parent.signal);
    parent.abort('a');
    assert.equal(child.signal.aborted, true);
    assert.equal(child.signal.reason, 'a');
  });

  it('is aborted from the beginning when its parent is', () => {
    assert.equal(new ChildAbort(AbortSignal.abort('a')).signal.reason, 'a');
  });

  it('is aborted alone, and keeps its own reason', () => {
    const parent = new AbortController();
    const child = new ChildAbort(parent.signal);
    child.abort('mine');
    assert.equal(parent.signal.aborted, false);
    parent.abort('a');
    assert.equal(child.signal.reason, 'mine');
  });

  it('leaves its parent when it is disposed', () => {
    const parent = new AbortController();
    const child = new ChildAbort(parent.signal);
    child.dispose();
    assert.equal(listeners(parent.signal), 0);
    parent.abort();
    assert.equal(child.signal.aborted, false);
  });
});
