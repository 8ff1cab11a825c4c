import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { HubServer, type HubServerInit } from '../../src/engine/share/hubServer.ts';
import { Content } from '../support/content.ts';
import { type HubTalk, joinHub, sendTo } from '../support/hub/hubTalk.ts';
import type { HubLine } from '../support/hub/pythonHubClient.ts';
import { useScope } from '../support/scope.ts';
import { tempFolder } from '../support/tempFolder.ts';
import { waitFor } from '../support/waitFor.ts';

const MIB = 1 << 20;

describe('transfer ports of a share hub', () => {
  const scope = useScope();

  async function startHub(more: Partial<HubServerInit> = {}): Promise<HubServer> {
    const hub = await HubServer.start({ host: '127.0.0.1', port: 0, folder: tempFolder(scope), key: null, ...more });
    scope.defer(() => hub.close());
    return hub;
  }

  async function reach(port: unknown): Promise<Socket> {
    const socket = connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true });
    scope.defer(() => socket.destroy());
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  }

  /** How the hub answers, whatever it says. */
  function offer(talk: HubTalk, fid: string, content: Content, more: object = {}): Promise<HubLine> {
    talk.say({ type: 'FILE_OFFER', fid, filename: 'a.bin', size: content.sizeBytes, ...more });
    return talk.heard('an answer to the offer', (line) => line.fid === fid);
  }

  async function store(talk: HubTalk, content: Content): Promise<string> {
    const fid = randomUUID();
    const { port } = await offer(talk, fid, content);
    await sendTo(scope, Number(port), content.slice(0, content.sizeBytes));
    await talk.heard('the file', (line) => line.type === 'FILE_AVAILABLE' && line.fid === fid);
    return fid;
  }

  it('a download arrives whole also when its receiver half-closes at once', async () => {
    const hub = await startHub();
    const talk = await joinHub(scope, hub.port);
    const content = new Content(16 * MIB + 3);
    const fid = await store(talk, content);
    talk.say({ type: 'FILE_REQUEST', fid });
    const { port } = await talk.heard('a port', ({ type }) => type === 'FILE_DOWNLOAD_PORT');
    const socket = await reach(port);
    socket.end();
    const pieces: Buffer[] = [];
    socket.on('data', (piece: Buffer) => pieces.push(piece));
    await once(socket, 'end');
    assert.ok(Buffer.concat(pieces).equals(content.slice(0, content.sizeBytes)));
  });

  it('all that an uploader had sent counts, also when it closes both of its connections at once', async () => {
    const hub = await startHub();
    const content = new Content(3 * MIB);
    for (let n = 0; n < 10; n++) {
      const fid = randomUUID();
      const talk = await joinHub(scope, hub.port, 'anna');
      const socket = await reach((await offer(talk, fid, content)).port);
      await new Promise((sent) => socket.write(content.slice(0, 2 * MIB), sent));
      socket.destroy();
      talk.socket.destroy();
      const again = await joinHub(scope, hub.port, 'anna');
      const answer = await offer(again, fid, content);
      assert.deepEqual([answer.type, answer.offset], ['FILE_UPLOAD_PORT', 2 * MIB]);
      again.socket.destroy();
    }
  });

  it('a file whose uploader leaves with the last byte is listed', async () => {
    const hub = await startHub();
    const watcher = await joinHub(scope, hub.port, 'bob');
    const content = new Content(3 * MIB);
    for (let n = 0; n < 5; n++) {
      const fid = randomUUID();
      const talk = await joinHub(scope, hub.port, 'anna');
      const socket = await reach((await offer(talk, fid, content)).port);
      await new Promise((sent) => socket.end(content.slice(0, content.sizeBytes), () => sent(null)));
      socket.destroy();
      talk.socket.destroy();
      const file = await watcher.heard('the file', (line) => line.fid === fid);
      assert.deepEqual([file.type, file.sha256], ['FILE_AVAILABLE', content.sha256]);
    }
  });

  it('an uploader that comes back goes on soon, also when its old data connection hangs', async () => {
    const hub = await startHub();
    const content = new Content(MIB);
    const fid = randomUUID();
    const talk = await joinHub(scope, hub.port, 'anna');
    const hanging = await reach((await offer(talk, fid, content)).port);
    hanging.write(content.slice(0, 1000));
    await waitFor('its bytes', () => hub.incoming[0]?.receivedBytes === 1000);
    talk.socket.destroy();
    // Dripping is no better than silence, once somebody waits.
    let dripped = 1000;
    const drip = setInterval(() => hanging.write(content.slice(dripped, ++dripped)), 100);
    scope.defer(() => clearInterval(drip));
    const answer = await offer(await joinHub(scope, hub.port, 'anna'), fid, content);
    assert.equal(answer.type, 'FILE_UPLOAD_PORT');
    assert.ok(Number(answer.offset) >= 1000, `offset ${answer.offset}`);
  });
});
