import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { HubServer, type HubServerInit } from '../../src/engine/share/hubServer.ts';
import { Content } from '../support/content.ts';
import { startHubProcess } from '../support/hub/hubProcess.ts';
import { type HubTalk, joinHub, receiveFrom, sendTo } from '../support/hub/hubTalk.ts';
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

  async function isClosed(port: unknown): Promise<boolean> {
    const socket = connect(Number(port), '127.0.0.1');
    return new Promise((resolve) => {
      socket.on('error', () => resolve(true));
      socket.on('connect', () => {
        socket.destroy();
        resolve(false);
      });
    });
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

  /** An attempt that ends before its file does. */
  async function breakOff(talk: HubTalk, port: unknown, bytes: Uint8Array): Promise<void> {
    await sendTo(scope, Number(port), bytes);
    const answer = await talk.heard('the end of the attempt', ({ type }) => type === 'ERROR');
    assert.equal(answer.code, 'too-few-bytes');
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

  it('bytes of two clients never meet in a file, and neither takes away what the other one has sent', async () => {
    const hub = await startHub();
    const [mine, theirs] = [new Content(1_000_000, 1), new Content(1_000_000, 2)];
    const fid = randomUUID();
    const anna = await joinHub(scope, hub.port, 'anna');
    await breakOff(anna, (await offer(anna, fid, mine)).port, mine.slice(0, 400_000));
    const bob = await joinHub(scope, hub.port, 'bob');
    const short = await offer(bob, fid, new Content(10), { filename: 'b.bin' });
    assert.equal(short.offset, 0);
    await breakOff(bob, short.port, Buffer.from('12345'));
    const again = await offer(anna, fid, mine);
    assert.equal(again.offset, 400_000);
    await breakOff(anna, again.port, Buffer.alloc(0));
    const whole = await offer(bob, fid, theirs, { filename: 'b.bin' });
    assert.equal(whole.offset, 0);
    await sendTo(scope, Number(whole.port), theirs.slice(0, theirs.sizeBytes));
    const file = await bob.heard('the file', (line) => line.fid === fid);
    assert.deepEqual([file.type, file.filename, file.sha256], ['FILE_AVAILABLE', 'b.bin', theirs.sha256]);
  });

  it('attempts that bring nothing leave nothing', async () => {
    const hub = await startHub();
    const content = new Content(10);
    for (let n = 0; n < 5; n++) {
      const talk = await joinHub(scope, hub.port, `visitor ${n}`);
      for (let k = 0; k < 4; k++) {
        const { port } = await offer(talk, randomUUID(), content);
        if (k % 2 === 0) await breakOff(talk, port, Buffer.alloc(0));
      }
      talk.socket.destroy();
    }
    await waitFor('all of them to be gone', () => hub.incoming.length === 0);
    assert.deepEqual(readdirSync(join(hub.folder, 'uploads')), []);
  });

  it('a client may ask for all of its ports before it uses the first', async () => {
    const hub = await startHub();
    const talk = await joinHub(scope, hub.port);
    const contents = Array.from({ length: 10 }, (_, n) => new Content(1000 + n, n + 1));
    const ports: unknown[] = [];
    for (const content of contents) ports.push((await offer(talk, randomUUID(), content)).port);
    for (const [n, content] of contents.entries())
      await sendTo(scope, Number(ports[n]), content.slice(0, content.sizeBytes));
    await waitFor('all to be stored', () => hub.files.length === contents.length);
  });

  it('ports that nobody uses keep nobody out, however many one client has asked for', async () => {
    const hub = await startHub({ limits: { uploads: 16, uploadsPerClient: 16, receiving: 2 } });
    for (let n = 0; n < 3; n++) {
      const idle = await joinHub(scope, hub.port, `idle ${n}`);
      for (let k = 0; k < 16; k++) idle.say({ type: 'FILE_OFFER', fid: randomUUID(), filename: 'a.bin', size: 1 });
      await idle.heard('a port', ({ type }) => type === 'FILE_UPLOAD_PORT');
    }
    await store(await joinHub(scope, hub.port, 'anna'), new Content(1));
  });

  it('uploads that hardly move give way to others, and keep what they have brought', async () => {
    const hub = await startHub({ limits: { receiving: 4, slowMs: 300, slowBytesPerSecond: 1000 } });
    const content = new Content(100_000);
    const slow = await Promise.all(
      [1, 2, 3, 4].map(async (n) => {
        const talk = await joinHub(scope, hub.port, `slow ${n}`);
        const fid = randomUUID();
        const socket = await reach((await offer(talk, fid, content)).port);
        let sent = 0;
        const drip = setInterval(() => socket.write(content.slice(sent, ++sent)), 50);
        scope.defer(() => clearInterval(drip));
        return { talk, fid };
      }),
    );
    await waitFor('all to have come', () => hub.incoming.filter(({ receivedBytes }) => receivedBytes > 0).length === 4);
    await store(await joinHub(scope, hub.port, 'anna'), new Content(2000));
    const given = slow.filter(({ talk }) => talk.lines.some(({ code }) => code === 'too-few-bytes'));
    assert.equal(given.length, 1);
    for (const { talk, fid } of given) {
      await talk.heard('why', ({ code }) => code === 'too-few-bytes');
      assert.ok(Number((await offer(talk, fid, content)).offset) > 0);
    }
  });

  it('ports of a client that has left close, and those of its downloads are given to others', async () => {
    const hub = await startHub({ limits: { downloads: 8 } });
    const anna = await joinHub(scope, hub.port, 'anna');
    const content = new Content(1000);
    const fid = await store(anna, content);
    const talk = await joinHub(scope, hub.port, 'bob');
    for (let n = 0; n < 4; n++) talk.say({ type: 'FILE_REQUEST', fid });
    await waitFor('its ports', () => talk.lines.filter(({ type }) => type === 'FILE_DOWNLOAD_PORT').length === 4);
    talk.socket.destroy();
    await waitFor('the hub to notice', () => hub.members.length === 1);
    await waitFor('four ports for somebody else', async () => {
      anna.say({ type: 'FILE_REQUEST', fid });
      await anna.heard('an answer', (line) => line.fid === fid);
      return anna.lines.filter(({ type }) => type === 'FILE_DOWNLOAD_PORT').length === 4;
    });
    for (const { type, port } of talk.lines)
      if (type === 'FILE_DOWNLOAD_PORT') await waitFor('its port to be closed', async () => isClosed(port));
  });

  it('a file that is removed while it is fetched ends with a reset and unknown-fid, not as if it were whole', async () => {
    const hub = await startHub();
    const [anna, bob] = [await joinHub(scope, hub.port, 'anna'), await joinHub(scope, hub.port, 'bob')];
    const fid = await store(anna, new Content(32 * MIB));
    bob.say({ type: 'FILE_REQUEST', fid });
    const { port } = await bob.heard('a port', ({ type }) => type === 'FILE_DOWNLOAD_PORT');
    const socket = await reach(port);
    await once(socket, 'readable');
    anna.say({ type: 'FILE_REMOVE', fid });
    await bob.heard('why', ({ type, code }) => type === 'ERROR' && code === 'unknown-fid');
    let ended = false;
    socket.on('end', () => {
      ended = true;
    });
    socket.resume();
    await waitFor('its end', () => socket.closed);
    assert.equal(ended, false);
  });

  it('a file that somebody has written to is given to nobody, and all hear that it is gone', async () => {
    const hub = await startHub();
    const anna = await joinHub(scope, hub.port, 'anna');
    const bob = await joinHub(scope, hub.port, 'bob');
    const fid = await store(anna, new Content(100_000));
    const [name = ''] = readdirSync(join(hub.folder, 'uploads'));
    writeFileSync(join(hub.folder, 'uploads', name), new Content(100_000, 2).slice(0, 100_000));
    bob.say({ type: 'FILE_REQUEST', fid });
    const answer = await bob.heard('an answer', ({ type }) => type === 'ERROR' || type === 'FILE_DOWNLOAD_PORT');
    assert.deepEqual([answer.type, answer.code, answer.fid], ['ERROR', 'unknown-fid', fid]);
    for (const talk of [anna, bob]) await talk.heard('that it is gone', (line) => line.type === 'FILE_REMOVED');
    assert.deepEqual(hub.files, []);
  });

  it('a file that somebody writes to while it is fetched ends with a reset, not as if it were whole', async () => {
    const hub = await startHub();
    const talk = await joinHub(scope, hub.port);
    const content = new Content(64 * MIB);
    const fid = await store(talk, content);
    talk.say({ type: 'FILE_REQUEST', fid });
    const { port } = await talk.heard('a port', ({ type }) => type === 'FILE_DOWNLOAD_PORT');
    const socket = await reach(port);
    await once(socket, 'readable');
    const path = join(hub.folder, 'uploads', fid.replaceAll('-', ''));
    writeFileSync(path, content.slice(0, content.sizeBytes).fill(0));
    let ended = false;
    socket.on('end', () => {
      ended = true;
    });
    socket.resume();
    // Its receiver half-closes, so that a clean end closes it, too.
    socket.end();
    await waitFor('its end', () => socket.closed);
    assert.equal(ended, false);
    // Whoever asks next finds out what it is.
    talk.say({ type: 'FILE_REQUEST', fid });
    await talk.heard('that it is gone', (line) => line.type === 'FILE_REMOVED' && line.fid === fid);
    assert.equal(readdirSync(join(hub.folder, 'uploads')).length, 1);
  });

  it('who asked for a file that was removed before his turn came changes nothing about the next one of its fid', async () => {
    const hub = await startHub();
    const [anna, bob] = [await joinHub(scope, hub.port, 'anna'), await joinHub(scope, hub.port, 'bob')];
    const content = new Content(1000);
    const fid = await store(anna, content);
    const requests = 60;
    const lines = [
      ...Array.from({ length: requests }, () => ({ type: 'FILE_REQUEST', fid })),
      { type: 'FILE_REMOVE', fid },
    ];
    anna.say(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    await anna.heard('its removal', ({ type }) => type === 'FILE_REMOVED');
    await waitFor('all to be answered', () => {
      const refused = anna.lines.filter(({ type, code }) => type === 'ERROR' && code === 'unknown-fid').length;
      return refused + anna.lines.filter(({ type }) => type === 'FILE_DOWNLOAD_PORT').length === requests;
    });
    const { port } = await offer(anna, fid, content);
    await sendTo(scope, Number(port), content.slice(0, 1000));
    await anna.heard('the file', (line) => line.type === 'FILE_AVAILABLE' && line.fid === fid);
    bob.say({ type: 'FILE_REQUEST', fid });
    await receiveFrom(scope, Number((await bob.heard('a port', ({ type }) => type === 'FILE_DOWNLOAD_PORT')).port));
    await waitFor('him to have it', () => hub.takers.some(({ served }) => served === 1));
    assert.deepEqual(hub.takers, [{ fid, fetching: 0, served: 1 }]);
  });

  it('a transfer leaves no trace in what lives as long as the hub', async () => {
    const hub = await startHub();
    const talk = await joinHub(scope, hub.port);
    // Node keeps an entry for each `AbortSignal.any` in all of its signals, until these go.
    const uses = new Map<AbortSignal, number>();
    const { any } = AbortSignal;
    scope.defer(() => void Object.assign(AbortSignal, { any }));
    AbortSignal.any = (signals) => {
      const all = [...signals];
      for (const signal of all) uses.set(signal, (uses.get(signal) ?? 0) + 1);
      return any.call(AbortSignal, all);
    };
    const transfers = 10;
    for (let n = 0; n < transfers; n++) {
      const content = new Content(1000, n);
      const fid = await store(talk, content);
      talk.say({ type: 'FILE_REQUEST', fid });
      const { port } = await talk.heard('a port', ({ type }) => type === 'FILE_DOWNLOAD_PORT');
      assert.ok((await receiveFrom(scope, Number(port))).equals(content.slice(0, 1000)));
    }
    const most = Math.max(0, ...uses.values());
    assert.ok(most < transfers, `one signal was used ${most} times in ${transfers} transfers`);
  });

  it('hundreds of connections that say nothing keep nobody out', async () => {
    const hub = await startHub({ key: 'a key of ours' });
    await Promise.all(Array.from({ length: 300 }, () => reach(hub.port)));
    const talk = await joinHub(scope, hub.port, 'anna', 'a key of ours');
    await store(talk, new Content(5));
  });

  it('every request is answered, also by a hub that has no more file handles', async function () {
    if (process.platform !== 'linux') this.skip();
    const hub = await startHubProcess(scope, tempFolder(scope));
    const talk = await joinHub(scope, hub.port);
    const fid = await store(talk, new Content(1000));
    const open = new Set(readdirSync(`/proc/${hub.child.pid}/fd`).map(Number));
    const free = Array.from({ length: open.size + 10 }, (_, n) => n).filter((n) => !open.has(n));
    let asked = 0;
    // An even and an odd number of handles: once it is the file that cannot be opened, once the port.
    for (const handles of [4, 7]) {
      execFileSync('prlimit', ['--pid', String(hub.child.pid), `--nofile=${free[handles]}:`]);
      for (let n = 0; n < 10; n++) talk.say({ type: 'FILE_REQUEST', fid });
      asked += 10;
      await waitFor('all to be answered', () => {
        const answers = talk.lines.filter(({ type }) => type === 'FILE_DOWNLOAD_PORT' || type === 'ERROR');
        return answers.length === asked;
      });
    }
    assert.ok(talk.lines.some(({ code }) => code === 'cannot-store'));
  });

  it('an upload that its uploader removes ends at once, and nothing of it stays', async () => {
    const hub = await startHub();
    const [anna, bob] = [await joinHub(scope, hub.port, 'anna'), await joinHub(scope, hub.port, 'bob')];
    const fid = randomUUID();
    const content = new Content(10_000);
    const socket = await reach((await offer(anna, fid, content)).port);
    socket.write(content.slice(0, 5000));
    await waitFor('its bytes', () => hub.incoming[0]?.receivedBytes === 5000);
    bob.say({ type: 'FILE_REMOVE', fid });
    assert.equal((await bob.heard('a refusal', () => true)).code, 'unknown-fid');
    anna.say({ type: 'FILE_REMOVE', fid });
    assert.equal((await anna.heard('an answer', (line) => line.fid === fid)).type, 'FILE_REMOVED');
    socket.resume();
    await waitFor('the end of its connection', () => socket.closed || socket.readableEnded);
    assert.deepEqual(readdirSync(join(hub.folder, 'uploads')), []);
    assert.equal((await offer(anna, fid, content)).offset, 0);
  });

  it('nobody is told that a file was removed which would be there again after a restart', async () => {
    const hub = await startHub();
    const talk = await joinHub(scope, hub.port);
    const fid = await store(talk, new Content(1000));
    const entry = join(hub.folder, 'index', `${fid.replaceAll('-', '')}.json`);
    rmSync(entry);
    mkdirSync(entry);
    talk.say({ type: 'FILE_REMOVE', fid });
    assert.equal((await talk.heard('an answer', (line) => line.fid === fid)).code, 'cannot-store');
    assert.deepEqual(
      hub.files.map((file) => file.fid),
      [fid],
    );
    rmdirSync(entry);
    talk.say({ type: 'FILE_REMOVE', fid });
    assert.equal((await talk.heard('an answer', (line) => line.fid === fid)).type, 'FILE_REMOVED');
    assert.deepEqual(readdirSync(join(hub.folder, 'uploads')), []);
  });

  it('an empty file needs no connection, but may have one', async () => {
    const hub = await startHub();
    const talk = await joinHub(scope, hub.port);
    await store(talk, new Content(0));
    const fid = randomUUID();
    assert.equal((await offer(talk, fid, new Content(0))).type, 'FILE_UPLOAD_PORT');
    assert.equal((await talk.heard('it', (line) => line.fid === fid)).type, 'FILE_AVAILABLE');
  });
});
