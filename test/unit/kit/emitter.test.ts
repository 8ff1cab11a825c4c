import assert from 'node:assert/strict';
import { Emitter } from '../../../src/kit/emitter.ts';

describe('Emitter', () => {
  it('tells everybody, in the order in which they came', () => {
    const emitter = new Emitter<number>();
    const heard: string[] = [];
    emitter.event((value) => heard.push(`a${value}`));
    emitter.event((value) => heard.push(`b${value}`));
    emitter.fire(1);
    emitter.fire(2);
    assert.deepEqual(heard, ['a1', 'b1', 'a2', 'b2']);
  });

  it('tells nobody who left, however often he leaves', () => {
    const emitter = new Emitter<void>();
    let heard = 0;
    const subscription = emitter.event(() => heard++);
    emitter.fire();
    subscription.dispose();
    subscription.dispose();
    emitter.fire();
    assert.equal(heard, 1);
  });

  it('lets nobody who throws keep the others from hearing it', () => {
    const errors: unknown[] = [];
    const emitter = new Emitter<void>((error) => errors.push(error));
    let heard = 0;
    emitter.event(() => {
      throw new Error('a fault');
    });
    emitter.event(() => heard++);
    emitter.fire();
    assert.equal(heard, 1);
    assert.match(String(errors[0]), /a fault/);
  });

  it('tells those who listen at that moment: who comes during it hears the next one', () => {
    const emitter = new Emitter<void>();
    let heard = 0;
    emitter.event(() => void emitter.event(() => heard++));
    emitter.fire();
    assert.equal(heard, 0);
    emitter.fire();
    assert.equal(heard, 1);
  });

  it('does not mind a listener that leaves while it is told', () => {
    const emitter = new Emitter<void>();
    const heard: string[] = [];
    const subscription = emitter.event(() => {
      heard.push('once');
      subscription.dispose();
    });
    emitter.event(() => heard.push('always'));
    emitter.fire();
    emitter.fire();
    assert.deepEqual(heard, ['once', 'always', 'always']);
  });

  it('keeps two subscriptions of one function apart', () => {
    const emitter = new Emitter<void>();
    let heard = 0;
    const listener = (): void => void heard++;
    const first = emitter.event(listener);
    emitter.event(listener);
    first.dispose();
    emitter.fire();
    assert.equal(heard, 1);
  });
});
