import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { type EngineEvents, type LogLine, PROTOCOL_VERSION } from '../../../src/contract/engineApi.ts';
import { ClientConnection } from '../../../src/engine/clientConnection.ts';
import type { Engine, Notice } from '../../../src/engine/engine.ts';
import { Emitter } from '../../../src/kit/emitter.ts';
import { waitFor } from '../../support/waitFor.ts';

const NEWS: LogLine = { level: 'info', message: 'news', taskId: null };

describe('a client of the engine', () => {
  /** @param takes false: nothing behind the answer to its hello, as a window that hangs */
  async function connect({ takes }: { takes: boolean }) {
    const log = new Emitter<LogLine>();
    const state = { closed: false, told: 0 };
    const engine = {
      onDidChange: new Emitter<EngineEvents['changed']>().event,
      onDidLog: log.event,
      onDidNotify: new Emitter<Notice>().event,
    };
    const stream = new Duplex({
      read: () => {},
      write: (chunk: Buffer, _, done) => {
        const isNews = chunk.includes('news');
        if (isNews) state.told++;
        if (takes || !isNews) done();
      },
    });
    const components = { engine: engine as unknown as Engine, engineVersion: '1', secret: 's' };
    const connection = new ClientConnection(stream, components);
    connection.onDidClose(() => {
      state.closed = true;
    });
    const greeted = new Promise<void>((resolve) => connection.onDidGreet(resolve));
    const params = { protocolVersion: PROTOCOL_VERSION, secret: 's', client: 'test' };
    const hello = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'hello', params });
    stream.push(`Content-Length: ${hello.length}\r\n\r\n${hello}`);
    await greeted;
    return { log, state, connection };
  }

  it('that takes nothing is let go of before what it is to be told fills the memory', async () => {
    const { log, state } = await connect({ takes: false });
    log.fire(NEWS);
    await waitFor('the client not to take it', () => state.told === 1);
    for (let n = 1; n < 10_000; n++) log.fire(NEWS);
    assert.equal(state.closed, false);
    log.fire(NEWS);
    assert.equal(state.closed, true);
  });

  it('that takes what it is told may be told anything', async () => {
    const { log, state, connection } = await connect({ takes: true });
    for (let n = 1; n <= 15; n++) {
      for (let m = 0; m < 1000; m++) log.fire(NEWS);
      await waitFor('the client to take it', () => state.closed || state.told === n * 1000);
    }
    assert.equal(state.closed, false);
    connection.dispose();
  });

  it('that takes what it is told may be told more in one moment than another one may leave', async () => {
    const { log, state, connection } = await connect({ takes: true });
    // As the chunks of a file of unknown size are, which are complete when its stream ends.
    for (let n = 0; n < 12_000; n++) log.fire(NEWS);
    await waitFor('the client to take it', () => state.closed || state.told === 12_000);
    assert.equal(state.closed, false);
    connection.dispose();
  });
});
