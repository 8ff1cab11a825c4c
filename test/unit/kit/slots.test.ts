import assert from 'node:assert/strict';
import { Slots } from '../../../src/kit/slots.ts';
import { withDeadline } from '../../../src/kit/withDeadline.ts';

const never = new AbortController().signal;
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('Slots', () => {
  it('lets so many in, and the others in the order in which they came', async () => {
    const slots = new Slots(2);
    const order: number[] = [];
    const held = [0, 1, 2, 3].map((n) =>
      slots.take({ signal: never }).then((slot) => {
        order.push(n);
        return slot;
      }),
    );
    await turn();
    assert.deepEqual(order, [0, 1]);
    (await held[1])?.dispose();
    (await held[1])?.dispose();
    await turn();
    assert.deepEqual(order, [0, 1, 2], 'given back once, however often');
    (await held[0])?.dispose();
    await turn();
    assert.deepEqual(order, [0, 1, 2, 3]);
  });

  it('forgets who no longer waits', async () => {
    const slots = new Slots(1);
    const first = await slots.take({ signal: never });
    const abort = new AbortController();
    const second = slots.take({ signal: abort.signal });
    const third = slots.take({ signal: never });
    const reason = new Error('enough');
    abort.abort(reason);
    await assert.rejects(second, reason);
    first.dispose();
    (await third).dispose();
    await assert.rejects(slots.take({ signal: AbortSignal.abort(reason) }), reason);
  });

  it('can grow and shrink', async () => {
    const slots = new Slots(1);
    const first = await slots.take({ signal: never });
    const second = slots.take({ signal: never });
    slots.resize(1);
    const taken = await second;
    slots.resize(-1);
    first.dispose();
    let third = false;
    const waiting = slots.take({ signal: never }).then(() => {
      third = true;
    });
    await turn();
    assert.equal(third, false);
    taken.dispose();
    await waiting;
  });
});

describe('withDeadline', () => {
  const late = new Error('late');

  it('gives what the work gives', async () => {
    assert.equal(await withDeadline({ ms: 1000, error: late }, { signal: never }, async () => 5), 5);
  });

  it('stops work that takes too long, and work that is no longer wanted', async () => {
    const work = ({ signal }: { signal: AbortSignal }) =>
      new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    await assert.rejects(withDeadline({ ms: 1, error: late }, { signal: never }, work), late);
    const abort = new AbortController();
    const pending = withDeadline({ ms: 60_000, error: late }, { signal: abort.signal }, work);
    abort.abort(new Error('stop'));
    await assert.rejects(pending, /stop/);
  });
});
