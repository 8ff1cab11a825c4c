import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { HubSession } from '../../../../src/engine/net/hubSession.ts';
import { DEFAULT_HUB_TIMINGS, type HubTimings } from '../../../../src/engine/net/hubTimings.ts';
import { deferred } from '../../../../src/kit/deferred.ts';
import { openPort } from '../../../support/hub/openPort.ts';
import { type HubSide, startScriptedHub } from '../../../support/hub/scriptedHub.ts';
import { useScope } from '../../../support/scope.ts';
import { waitFor } from '../../../support/waitFor.ts';

describe('HubSession', () => {
  const scope = useScope();
  const request = { fid: '0b6f8a3e-1c2d-4e5f-8a9b-0c1d2e3f4a5b', offset: 5, length: 10 };

  /** A session, and what it asks for a download. */
  async function start(timings: Partial<HubTimings> = {}): Promise<{ session: HubSession; asked: Promise<HubSide> }> {
    const asked = deferred<HubSide>();
    const hub = await startScriptedHub(scope, {
      answer: (side, { type }) => {
        if (type !== 'FILE_REQUEST') return false;
        // A sign of life, so that the connection is kept.
        side.say({ type: 'NEWS' });
        asked.resolve(side);
        return true;
      },
    });
    const session = await HubSession.open(
      { host: '127.0.0.1', port: hub.port, key: null },
      { name: 'tester', timings: { ...DEFAULT_HUB_TIMINGS, ...timings } },
      { signal: new AbortController().signal },
    );
    scope.defer(() => session.dispose());
    return { session, asked: asked.promise };
  }

  /** Answers with a port, and waits until somebody has come there and gone. */
  async function assertReleased(side: HubSide): Promise<void> {
    let visitor: Socket | undefined;
    const port = await openPort(scope, (socket) => {
      visitor = socket.resume();
    });
    side.say({ type: 'FILE_DOWNLOAD_PORT', ...request, port });
    await waitFor('somebody to come to the port and go', () => visitor?.readableEnded === true);
    assert.equal(visitor?.bytesRead, 0);
  }

  it('does not let a hub wait at a port for a range that nobody wants any more', async () => {
    const { session, asked } = await start();
    const stop = new AbortController();
    const port = session.requestDownload(request, { signal: stop.signal });
    const side = await asked;
    stop.abort(new Error('another lane was faster'));
    await assert.rejects(port, { message: 'another lane was faster' });
    await assertReleased(side);
  });

  it('nor at one that comes too late', async () => {
    const { session, asked } = await start({ answerMs: 100 });
    const port = session.requestDownload(request, { signal: new AbortController().signal });
    const side = await asked;
    await assert.rejects(port, { code: 'first-byte-timeout' });
    await assertReleased(side);
  });

  it('gives a port to whoever waits for that range now, before any is let go', async () => {
    const { session, asked } = await start();
    const stop = new AbortController();
    const first = session.requestDownload(request, { signal: stop.signal });
    const side = await asked;
    stop.abort(new Error('stopped'));
    await assert.rejects(first);
    const second = session.requestDownload(request, { signal: new AbortController().signal });
    side.say({ type: 'FILE_DOWNLOAD_PORT', ...request, port: 9 });
    assert.deepEqual(await second, { address: '127.0.0.1', port: 9 });
    await assertReleased(side);
  });

  it('a refusal that was meant for another question makes no port a wrong answer', async () => {
    const { session, asked } = await start();
    const { signal } = new AbortController();
    const ports = [session.requestDownload(request, { signal })];
    const side = await asked;
    ports.push(session.requestDownload({ ...request, offset: 20 }, { signal }));
    side.say({ type: 'ERROR', code: 'too-many-requests', message: '', fid: request.fid });
    await assert.rejects(ports[0] as Promise<unknown>, { code: 'hub-busy' });
    await assertReleased(side);
    side.say({ type: 'FILE_DOWNLOAD_PORT', ...request, offset: 20, port: 9 });
    assert.equal((await ports[1])?.port, 9);
  });

  it('goes nowhere that it has not asked for', async () => {
    const { session, asked } = await start();
    const port = session.requestDownload(request, { signal: new AbortController().signal });
    const side = await asked;
    let came = 0;
    const other = await openPort(scope, () => void came++);
    side.say({ type: 'FILE_DOWNLOAD_PORT', ...request, fid: randomUUID(), port: other });
    side.say({ type: 'FILE_DOWNLOAD_PORT', ...request, port: 9 });
    await port;
    // A way there and back later than any connection that it would have begun.
    await session.whole({ signal: new AbortController().signal });
    assert.equal(came, 0);
  });
});
