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
});
