import assert from 'node:assert/strict';
import type { EngineEvents } from '../../../src/contract/engineApi.ts';
import type { TaskSnapshot } from '../../../src/contract/task.ts';
import { ChangeFeed } from '../../../src/engine/changeFeed.ts';
import { Task } from '../../../src/engine/tasks/task.ts';
import { Throttle } from '../../../src/engine/transfer/throttle.ts';
import { systemClock } from '../../../src/kit/clock.ts';
import { waitFor } from '../../support/waitFor.ts';
import { sampleRecord } from './tasks/sampleRecord.ts';

describe('ChangeFeed', () => {
  let messages: EngineEvents['changed'][];
  let feed: ChangeFeed;

  beforeEach(() => {
    messages = [];
    feed = new ChangeFeed((changes) => void messages.push(changes));
  });
  afterEach(() => feed.dispose());

  function snapshotOf(id: string, receivedBytes: number): () => TaskSnapshot {
    return () => new Task(sampleRecord({ id, receivedBytes }), {}, new Throttle(systemClock)).snapshot();
  }

  it('tells of what changed in one turn together, as it is then', async () => {
    let made = 0;
    for (let n = 0; n < 1000; n++) {
      for (const id of ['aaaaaaaa', 'bbbbbbbb']) {
        feed.changed(id, 'queued', () => {
          made++;
          return snapshotOf(id, n)();
        });
      }
    }
    await waitFor('the message', () => messages.length > 0);
    assert.equal(messages.length, 1);
    assert.deepEqual(
      messages[0]?.tasks.map(({ id, receivedBytes }) => [id, receivedBytes]),
      [
        ['aaaaaaaa', 999],
        ['bbbbbbbb', 999],
      ],
    );
    assert.equal(made, 2, 'snapshots are made when they are sent');
  });

  it('sends four messages at most, however much changes, and then the last state of all', async () => {
    for (let n = 0; n < 200; n++) {
      feed.changed('aaaaaaaa', n % 2 === 0 ? 'queued' : 'paused', snapshotOf('aaaaaaaa', n));
      feed.flushIfDue();
    }
    assert.ok(messages.length <= 4, `${messages.length} messages in one turn`);
    await waitFor('the last state', () => messages.at(-1)?.tasks[0]?.receivedBytes === 199);
    assert.ok(messages.length <= 5);
  });

  it('is asked for more often: the last state comes with the next window, not a second later', async () => {
    let last: number | undefined;
    const send = ({ tasks }: EngineEvents['changed']): void => {
      last = tasks[0]?.receivedBytes;
    };
    const quick = new ChangeFeed(send, { windowMs: 1 });
    for (let n = 0; n < 20; n++) {
      quick.changed('aaaaaaaa', n % 2 === 0 ? 'queued' : 'paused', snapshotOf('aaaaaaaa', n));
      quick.flushIfDue();
    }
    await waitFor('the last state', () => last === 19, 900);
  });

  it('sends nothing when nothing changed', () => {
    feed.flush();
    feed.flushIfDue();
    feed.changed('aaaaaaaa', 'queued', snapshotOf('aaaaaaaa', 1));
    feed.flush();
    feed.flush();
    assert.equal(messages.length, 1);
  });

  it('tells that a task is gone, and nothing else of it', () => {
    feed.changed('aaaaaaaa', 'queued', () => assert.fail('nobody needs it'));
    feed.removed('aaaaaaaa');
    feed.flush();
    assert.deepEqual(messages, [{ tasks: [], removed: ['aaaaaaaa'] }]);
  });

  it('is silent after it was disposed', async () => {
    feed.changed('aaaaaaaa', 'queued', snapshotOf('aaaaaaaa', 1));
    feed.dispose();
    const other = new Promise<void>((resolve) =>
      new ChangeFeed(() => resolve()).changed('b', 'queued', snapshotOf('bbbbbbbb', 1)),
    );
    await other;
    assert.deepEqual(messages, []);
  });
});
