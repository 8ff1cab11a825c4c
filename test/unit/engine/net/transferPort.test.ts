import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { receiveBytes } from '../../../../src/engine/net/receiveBytes.ts';
import { sendBytes } from '../../../../src/engine/net/sendBytes.ts';
import { openTransferPort } from '../../../../src/engine/net/transferPort.ts';
import type { ByteSink } from '../../../../src/kit/byteSink.ts';
import { Content } from '../../../support/content.ts';
import { useScope } from '../../../support/scope.ts';

const signal = new AbortController().signal;
const HERE = { host: '127.0.0.1', from: '127.0.0.1' };

describe('openTransferPort', () => {
  const scope = useScope();

  async function reach(port: number, localAddress = '127.0.0.1'): Promise<Socket> {
    const socket = connect({ port, host: '127.0.0.1', localAddress });
    scope.defer(() => socket.destroy());
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  }

  async function isClosed(port: number): Promise<boolean> {
    const socket = connect(port, '127.0.0.1');
    return new Promise((resolve) => {
      socket.on('error', () => resolve(true));
      socket.on('connect', () => {
        socket.destroy();
        resolve(false);
      });
    });
  }

  it('takes one connection, and is closed then', async () => {
    const { port, connection } = await openTransferPort(HERE, { signal });
    await reach(port);
    const socket = await connection;
    scope.defer(() => socket?.destroy());
    assert.ok(socket !== null);
    assert.equal(await isClosed(port), true);
  });

  it('cuts off who comes from another address, and goes on waiting', async () => {
    const { port, connection } = await openTransferPort(HERE, { signal });
    const stranger = await reach(port, '127.0.0.3');
    await once(stranger, 'close');
    await reach(port);
    assert.equal((await connection)?.remoteAddress, '127.0.0.1');
    (await connection)?.destroy();
  });

  it('closes when its time is over, and with its signal', async () => {
    const late = await openTransferPort({ ...HERE, waitMs: 20 }, { signal });
    assert.equal(await late.connection, null);
    assert.equal(await isClosed(late.port), true);
    const stop = new AbortController();
    const stopped = await openTransferPort(HERE, { signal: stop.signal });
    stop.abort(new Error('enough'));
    await assert.rejects(stopped.connection, /enough/);
    assert.equal(await isClosed(stopped.port), true);
    await assert.rejects((await openTransferPort(HERE, { signal: stop.signal })).connection, /enough/);
  });

  describe('and what flows over it', () => {
    /** Collects; lends little at a time, and takes a breath after every third time. */
    class SlowSink implements ByteSink {
      readonly bytes: Buffer;
      position = 0;
      #times = 0;
      constructor(sizeBytes: number) {
        this.bytes = Buffer.alloc(sizeBytes);
      }
      get remaining(): number {
        return this.bytes.length - this.position;
      }
      lend(): Uint8Array {
        return this.bytes.subarray(this.position, this.position + 50_000);
      }
      filled(count: number): boolean {
        this.position += count;
        this.#times++;
        return this.#times % 3 !== 0;
      }
      ready(): Promise<void> {
        return new Promise((resolve) => setImmediate(resolve));
      }
    }

    async function pair(): Promise<readonly [from: Socket, to: Socket]> {
      const { port, connection } = await openTransferPort(HERE, { signal });
      const from = await reach(port);
      const to = await connection;
      if (to === null) throw new Error('nobody came');
      scope.defer(() => to.destroy());
      return [from, to];
    }

    it('arrives whole, however slow the disk is', async () => {
      const content = new Content(5_000_003, 4);
      const readAt = async (memory: Uint8Array, position: number): Promise<number> => {
        const bytes = content.slice(position, position + memory.length);
        memory.set(bytes);
        return bytes.length;
      };
      const [from, to] = await pair();
      const sink = new SlowSink(content.sizeBytes - 5);
      const sent: number[] = [];
      const sending = sendBytes(from, { start: 5, end: content.sizeBytes }, readAt, {
        signal,
        onSent: (n) => sent.push(n),
      });
      assert.equal(await receiveBytes(to, sink, { signal }), 'complete');
      await sending;
      assert.ok(sink.bytes.equals(content.slice(5, content.sizeBytes)));
      assert.equal(sent.at(-1), content.sizeBytes - 5);
    });

    it('is told from what is too much, too little, broken or too slow', async () => {
      const cases: readonly (readonly [what: string, act: (from: Socket) => void])[] = [
        ['complete', (from) => void from.end('12345')],
        // It keeps the connection open: the bytes are believed.
        ['complete', (from) => void from.write('12345')],
        ['too-many', (from) => void from.end('123456')],
        ['too-few', (from) => void from.end('1234')],
        ['too-few', (from) => void from.end()],
        ['idle', (from) => void from.write('1')],
        ['broken', (from) => void from.write('1', () => from.resetAndDestroy())],
      ];
      for (const [expected, act] of cases) {
        const [from, to] = await pair();
        const result = receiveBytes(to, new SlowSink(5), { signal, idleMs: 150, lastMs: 30 });
        act(from);
        assert.equal(await result, expected);
      }
    });

    it('does not wait for ever for somebody who takes nothing', async () => {
      const [from] = await pair();
      const readAt = (memory: Uint8Array): Promise<number> => Promise.resolve(memory.length);
      const sending = sendBytes(from, { start: 0, end: 1e9 }, readAt, { signal, idleMs: 60 });
      await assert.rejects(sending, { code: 'idle-timeout' });
    });
  });
});
