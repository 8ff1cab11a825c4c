import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EngineEvents } from '../../../src/contract/engineApi.ts';
import { TributaryError } from '../../../src/contract/errors.ts';
import { EngineLink, type LinkedEngine } from '../../../src/editor/engineLink.ts';
import { deferred } from '../../../src/kit/deferred.ts';
import { Emitter } from '../../../src/kit/emitter.ts';
import { waitFor } from '../../support/waitFor.ts';

/** A connection without a wire: the link's own behaviour is what is tested here. */
class Connection {
  readonly closed = new Emitter<void>();
  readonly requests: string[] = [];
  readonly listeners = new Map<string, (payload: never) => void>();
  disposed = false;
  failure: TributaryError | null = null;

  readonly engine = {
    request: async (name: string) => {
      this.requests.push(name);
      if (this.failure) throw this.failure;
      return null;
    },
    on: (name: string, listener: (payload: never) => void) => {
      this.listeners.set(name, listener);
      return { dispose: () => {} };
    },
    onDidClose: this.closed.event,
    dispose: () => {
      this.disposed = true;
    },
  } as unknown as LinkedEngine;

  send<N extends keyof EngineEvents>(name: N, payload: EngineEvents[N]): void {
    this.listeners.get(name)?.(payload as never);
  }
}

describe('EngineLink', () => {
  let connections: Connection[];
  let prepared: number;
  let link: EngineLink;
  let troubles: string[];
  let failWith: TributaryError | null;
  let preparing: Promise<void>;

  beforeEach(() => {
    preparing = Promise.resolve();
    connections = [];
    prepared = 0;
    troubles = [];
    failWith = null;
    link = new EngineLink({
      connect: async () => {
        if (failWith) throw failWith;
        const connection = new Connection();
        connections.push(connection);
        return connection.engine;
      },
      prepare: async () => {
        prepared++;
        await preparing;
      },
    });
    link.onDidGiveTrouble((error) => troubles.push(error.code));
  });

  afterEach(() => link.dispose());

  it('connects with the first request, once, and prepares before it', async () => {
    assert.equal(connections.length, 0);
    await Promise.all([link.request('pauseAll', undefined), link.request('resumeAll', undefined)]);
    assert.equal(connections.length, 1);
    assert.equal(prepared, 1);
    assert.deepEqual(connections[0]?.requests, ['pauseAll', 'resumeAll']);
  });

  it('sends nothing that can wait while there is no engine', async () => {
    await link.requestIfConnected('pauseAll', undefined);
    assert.equal(connections.length, 0);
  });

  it('sends a setting that is changed while the engine is told the former ones', async () => {
    const ready = deferred<void>();
    preparing = ready.promise;
    link.start();
    await waitFor('the engine to be prepared', () => prepared === 1);
    const sent = link.requestIfConnected('pauseAll', undefined);
    ready.resolve();
    await sent;
    assert.deepEqual(connections[0]?.requests, ['pauseAll']);
  });

  it('leaves to the next engine what this one cannot be told any more', async () => {
    const ready = deferred<void>();
    preparing = ready.promise;
    link.start();
    await waitFor('the engine to be prepared', () => prepared === 1);
    const sent = link.requestIfConnected('pauseAll', undefined);
    ready.reject(new TributaryError('request-timeout'));
    await sent;
    assert.deepEqual(connections[0]?.requests, []);
  });

  it('says nothing of an engine that died while it was told what the next one hears anyway', async () => {
    await link.request('list', undefined);
    const [connection] = connections;
    assert.ok(connection !== undefined);
    connection.failure = new TributaryError('engine-lost');
    await link.requestIfConnected('pauseAll', undefined);
    connection.failure = new TributaryError('bad-message', { reason: 'x' });
    await assert.rejects(link.requestIfConnected('pauseAll', undefined), { code: 'bad-message' });
  });

  it('replaces an engine that died, and prepares the new one', async () => {
    await link.request('list', undefined);
    connections[0]?.closed.fire();
    assert.equal(link.isConnected, false);
    await waitFor('the next engine', () => link.isConnected);
    assert.equal(connections.length, 2);
    assert.equal(prepared, 2);
    assert.deepEqual(troubles, []);
  });

  it('passes events on, whichever engine they come from', async () => {
    const heard: number[] = [];
    link.onDidChangeTasks(({ removed }) => heard.push(removed.length));
    await link.request('list', undefined);
    connections[0]?.send('changed', { tasks: [], removed: ['a'] });
    connections[0]?.closed.fire();
    await waitFor('the next engine', () => link.isConnected);
    connections[1]?.send('changed', { tasks: [], removed: ['a', 'b'] });
    assert.deepEqual(heard, [1, 2]);
  });

  it('complains once when the engine keeps dying', async () => {
    let disconnects = 0;
    link.onDidDisconnect(() => disconnects++);
    failWith = new TributaryError('engine-start-failed', { reason: 'broken' });
    await assert.rejects(link.request('list', undefined), { code: 'engine-start-failed' });
    for (let i = 0; i < 6; i++) await assert.rejects(link.request('list', undefined));
    assert.equal(disconnects, 7);
    assert.deepEqual(troubles, ['engine-start-failed']);
  });

  it('works again after Restart, once the cause is mended', async () => {
    failWith = new TributaryError('engine-start-failed', { reason: 'broken' });
    for (let i = 0; i < 5; i++) await assert.rejects(link.request('list', undefined));
    failWith = null;
    link.restart();
    await waitFor('the engine', () => link.isConnected);
  });

  it('does not try again with an engine that is too new', async () => {
    failWith = new TributaryError('version-mismatch', { version: '9.0.0' });
    await assert.rejects(link.request('list', undefined), { code: 'version-mismatch' });
    assert.deepEqual(troubles, ['version-mismatch']);
    assert.equal(connections.length, 0);
  });

  it('joins an engine that another window has begun', async () => {
    link.join();
    await waitFor('the engine', () => link.isConnected);
  });

  it('waits its time before it tries again, also when the engine that dies tells that it has begun', async () => {
    let attempts = 0;
    link.onDidDisconnect(() => attempts++);
    failWith = new TributaryError('engine-start-failed', { reason: 'broken' });
    for (let i = 0; i < 5; i++) await assert.rejects(link.request('list', undefined));
    link.join();
    await nextTurn();
    assert.equal(attempts, 5);
    link.restart();
    await waitFor('the attempt that the user asked for', () => attempts > 5);
  });

  it('joins no further engine by itself once one was too new', async () => {
    let attempts = 0;
    link.onDidDisconnect(() => attempts++);
    failWith = new TributaryError('version-mismatch', { version: '9.0.0' });
    link.join();
    await waitFor('the attempt', () => attempts === 1);
    link.join();
    await nextTurn();
    assert.equal(attempts, 1);
    failWith = null;
    await link.request('list', undefined);
    connections[0]?.closed.fire();
    await waitFor('the next engine', () => link.isConnected);
  });

  it('closes its connection at the end and refuses further requests', async () => {
    await link.request('list', undefined);
    link.dispose();
    assert.equal(connections[0]?.disposed, true);
    await assert.rejects(link.request('list', undefined), { code: 'engine-lost' });
  });
});
