import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { HubServer, type HubServerInit } from '../../src/engine/share/hubServer.ts';
import { type HubTalk, joinHub, receiveFrom, sendTo, talkToHub } from '../support/hub/hubTalk.ts';
import type { HubLine } from '../support/hub/pythonHubClient.ts';
import { useScope } from '../support/scope.ts';
import { tempFolder } from '../support/tempFolder.ts';
import { waitFor } from '../support/waitFor.ts';

describe('bad input to a share hub', () => {
  const scope = useScope();

  async function startHub(more: Partial<HubServerInit> = {}): Promise<HubServer> {
    const hub = await HubServer.start({ host: '127.0.0.1', port: 0, folder: tempFolder(scope), key: null, ...more });
    scope.defer(() => hub.close());
    return hub;
  }

  function offerOf(size: unknown, more: object = {}): { fid: string; [field: string]: unknown } {
    return { type: 'FILE_OFFER', fid: randomUUID(), filename: 'a.bin', size, ...more };
  }

  async function put(talk: HubTalk, bytes: Uint8Array, more: object = {}): Promise<HubLine> {
    const offer = offerOf(bytes.length, more);
    talk.say(offer);
    const port = await talk.heard('a port', ({ fid }) => fid === offer.fid);
    assert.equal(port.type, 'FILE_UPLOAD_PORT', JSON.stringify(port));
    await sendTo(scope, Number(port.port), bytes);
    return talk.heard('how it ended', ({ fid }) => fid === offer.fid);
  }

  /** The others are served as if nothing had happened. */
  async function assertServes(hub: HubServer, other: HubTalk): Promise<void> {
    const stored = await put(await joinHub(scope, hub.port, 'good'), Buffer.from('good'));
    assert.equal(stored.type, 'FILE_AVAILABLE');
    const heard = await other.heard('the good file', ({ fid }) => fid === stored.fid);
    assert.equal(heard.type, 'FILE_AVAILABLE');
    assert.equal(other.lines.filter(({ type }) => type === 'ERROR').length, 0);
    assert.equal(other.closed(), false);
  }

  const firstLines: readonly (readonly [what: string, text: string])[] = [
    ['a browser', 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['a browser that posts', 'POST / HTTP/1.1\r\nContent-Length: 40\r\n\r\n{"type":"HELLO","name":"browser"}\n'],
    ['no JSON', 'hello\n'],
    ['a list', '[]\n'],
    ['null', 'null\n'],
    ['another message', '{"type":"FILE_LIST"}\n'],
    ['a HELLO without a name', '{"type":"HELLO"}\n'],
    ['a HELLO with a number for a name', '{"type":"HELLO","name":5}\n'],
    ['a HELLO with an empty name', '{"type":"HELLO","name":""}\n'],
    ['a HELLO with a name of control characters', '{"type":"HELLO","name":"a\\u001b[2Jb"}\n'],
    ['a HELLO with a long name', `{"type":"HELLO","name":"${'n'.repeat(65)}"}\n`],
    ['a HELLO with a number for a key', '{"type":"HELLO","name":"a","key":5}\n'],
    ['bytes that are not UTF-8', 'caf\u00e9'],
    ['64 KiB without a line feed', 'x'.repeat(65 * 1024)],
    ['TLS', '\u0016\u0003\u0001\u0002\u0000\u0001\n'],
  ];
  it('a first line that is no right HELLO closes the connection, and tells it nothing of the hub', async () => {
    const hub = await startHub();
    const other = await joinHub(scope, hub.port);
    for (const [what, text] of firstLines) {
      const talk = await talkToHub(scope, hub.port);
      talk.socket.write(Buffer.from(text.endsWith('caf\u00e9') ? `${text}\n` : text, 'latin1'));
      await waitFor(`${what} to be thrown out`, talk.closed);
      assert.ok(
        talk.lines.every(({ type, code }) => type === 'ERROR' && typeof code === 'string'),
        `${what}: ${JSON.stringify(talk.lines)}`,
      );
    }
    await assertServes(hub, other);
  });

  const fid = randomUUID();
  const messages: readonly (readonly [what: string, message: object | string, code: string])[] = [
    ['no JSON', 'nonsense\n', 'bad-message'],
    ['half of JSON', '{"type":"FILE_OFFER"\n', 'bad-message'],
    ['a number', '5\n', 'bad-message'],
    ['a list', '[{"type":"FILE_LIST"}]\n', 'bad-message'],
    ['an empty line', '\n', 'bad-message'],
    ['an unknown type', { type: 'FILE_STEAL' }, 'unknown-type'],
    ['a type that is a number', { type: 7 }, 'unknown-type'],
    ['a type of the hub', { type: 'WELCOME', uid: 'x', files: [] }, 'unknown-type'],
    ['HELLO once more', { type: 'HELLO', name: 'again' }, 'bad-message'],
    ['an offer without a size', offerOf(undefined), 'bad-size'],
    ['a size that is text', offerOf('5'), 'bad-size'],
    ['a negative size', offerOf(-1), 'bad-size'],
    ['a broken size', offerOf(1.5), 'bad-size'],
    ['a size that is NaN', `{"type":"FILE_OFFER","fid":"${fid}","filename":"a","size":NaN}\n`, 'bad-message'],
    ['an endless size', `{"type":"FILE_OFFER","fid":"${fid}","filename":"a","size":1e999}\n`, 'bad-size'],
    ['a size above 2^53', offerOf(2 ** 53), 'bad-size'],
    ['a size above the limit', offerOf(2 ** 50), 'file-too-big'],
    ['a size that is null', offerOf(null), 'bad-size'],
    ['a fid that is no uuid', offerOf(1, { fid: '../../etc/passwd' }), 'bad-fid'],
    ['a fid that is a number', offerOf(1, { fid: 5 }), 'bad-fid'],
    ['a fid that is __proto__', offerOf(1, { fid: '__proto__' }), 'bad-fid'],
    ['no file name', offerOf(1, { filename: undefined }), 'bad-name'],
    ['an empty name', offerOf(1, { filename: '' }), 'bad-name'],
    ['a blank name', offerOf(1, { filename: '   ' }), 'bad-name'],
    ['a name of dots', offerOf(1, { filename: '..' }), 'bad-name'],
    ['a name with a path', offerOf(1, { filename: '../a.bin' }), 'bad-name'],
    ['an absolute name', offerOf(1, { filename: '/etc/passwd' }), 'bad-name'],
    ['a name of Windows with a path', offerOf(1, { filename: 'C:\\a.bin' }), 'bad-name'],
    ['a name with a line feed', offerOf(1, { filename: 'a\nb' }), 'bad-name'],
    ['a name with a zero', offerOf(1, { filename: 'a\u0000b' }), 'bad-name'],
    ['a name that reads backwards', offerOf(1, { filename: 'a\u202egpj.exe' }), 'bad-name'],
    ['half of a character', `{"type":"FILE_OFFER","fid":"${fid}","filename":"\\ud83d","size":1}\n`, 'bad-name'],
    ['a name of 300 bytes', offerOf(1, { filename: 'x'.repeat(300) }), 'bad-name'],
    ['a name of 300 bytes in 150 characters', offerOf(1, { filename: 'ä'.repeat(150) }), 'bad-name'],
    ['a digest that is none', offerOf(1, { sha256: 'abc' }), 'bad-message'],
    ['a request for nothing that is there', { type: 'FILE_REQUEST', fid: randomUUID() }, 'unknown-fid'],
    ['a request without a fid', { type: 'FILE_REQUEST' }, 'bad-fid'],
    ['removing what is not there', { type: 'FILE_REMOVE', fid: randomUUID() }, 'unknown-fid'],
  ];
  it('is answered by an ERROR with a code, and the connection goes on', async () => {
    const hub = await startHub();
    const other = await joinHub(scope, hub.port);
    const talk = await joinHub(scope, hub.port, 'bad');
    for (const [what, message, code] of messages) {
      talk.say(message);
      const answer = await talk.heard(`an answer to ${what}`, () => true);
      assert.deepEqual([answer.type, answer.code], ['ERROR', code], `${what}: ${JSON.stringify(answer)}`);
      assert.equal(typeof answer.message, 'string');
    }
    await assertServes(hub, other);
    assert.equal(talk.closed(), false);
    assert.equal(readdirSync(join(hub.folder, 'uploads')).length, 1);
  });

  it('a HELLO with something wrong is told so; what was said about a file says about which one', async () => {
    const hub = await startHub();
    for (const [hello, code] of [
      [{ type: 'HELLO', name: 'a', key: 5 }, 'bad-key'],
      [{ type: 'HELLO', name: '' }, 'bad-name'],
    ] as const) {
      const stranger = await talkToHub(scope, hub.port);
      stranger.say(hello);
      assert.equal((await stranger.heard('why', ({ type }) => type === 'ERROR')).code, code);
      await waitFor('the end', stranger.closed);
    }
    const talk = await joinHub(scope, hub.port);
    for (const fid of ['no uuid', randomUUID()]) {
      talk.say({ type: 'FILE_OFFER', fid, filename: 'a', size: -1 });
      assert.equal((await talk.heard('why', ({ type }) => type === 'ERROR')).fid, fid);
    }
    talk.say({ type: 'FILE_REMOVE', fid: 'x'.repeat(1000) });
    assert.equal((await talk.heard('why', ({ type }) => type === 'ERROR')).fid, undefined);
  });

  it('ranges outside of the file', async () => {
    const hub = await startHub();
    const talk = await joinHub(scope, hub.port);
    const { fid } = await put(talk, Buffer.from('0123456789'));
    const ranges = [
      { offset: 11 },
      { offset: -1 },
      { offset: 0.5 },
      { offset: '0' },
      { length: 11 },
      { length: -1 },
      { offset: 5, length: 6 },
      { offset: 2 ** 53 - 1, length: 2 ** 53 - 1 },
      { offset: 1e308 },
    ];
    for (const range of ranges) {
      talk.say({ type: 'FILE_REQUEST', fid, ...range });
      const answer = await talk.heard('an answer', () => true);
      assert.deepEqual([answer.type, answer.code, answer.fid], ['ERROR', 'bad-range', fid], JSON.stringify(range));
    }
    talk.say({ type: 'FILE_REQUEST', fid, offset: 10 });
    const nothing = await talk.heard('a port', ({ type }) => type === 'FILE_DOWNLOAD_PORT');
    assert.equal(nothing.length, 0);
    assert.equal((await receiveFrom(scope, Number(nothing.port))).length, 0);
    talk.say({ type: 'FILE_REQUEST', fid, offset: 3, length: null });
    const rest = await talk.heard('a port', ({ type }) => type === 'FILE_DOWNLOAD_PORT');
    assert.deepEqual([rest.offset, rest.length], [3, 7]);
    assert.equal((await receiveFrom(scope, Number(rest.port))).toString(), '3456789');
  });

  it('two offers of one fid: the second one is refused, the first one is stored', async () => {
    const hub = await startHub();
    const [talk, thief] = [await joinHub(scope, hub.port, 'anna'), await joinHub(scope, hub.port, 'eve')];
    const offer = offerOf(4);
    talk.say(offer);
    const { port } = await talk.heard('a port', ({ type }) => type === 'FILE_UPLOAD_PORT');
    for (const other of [talk, thief]) {
      // In capitals it is the same one.
      other.say({ ...offer, filename: 'other.bin', fid: offer.fid.toUpperCase() });
      assert.equal((await other.heard('an answer', () => true)).code, 'fid-taken');
    }
    await sendTo(scope, Number(port), Buffer.from('mine'));
    assert.equal((await thief.heard('it', ({ type }) => type === 'FILE_AVAILABLE')).filename, 'a.bin');
    thief.say(offer);
    assert.equal((await thief.heard('an answer', () => true)).code, 'fid-taken');
    assert.equal(hub.files.length, 1);
  });

  it('more or fewer bytes than offered, and another digest: nothing is listed', async () => {
    const hub = await startHub();
    const other = await joinHub(scope, hub.port);
    const talk = await joinHub(scope, hub.port, 'bad');
    const uploads = (): string[] => readdirSync(join(hub.folder, 'uploads'));
    const cases: readonly (readonly [bytes: number, code: string, left: number])[] = [
      [9, 'too-many-bytes', 0],
      [3_000_000, 'too-many-bytes', 0],
      [5, 'too-few-bytes', 1],
      // Nothing is kept of nothing.
      [0, 'too-few-bytes', 1],
    ];
    for (const [bytes, code, left] of cases) {
      const offer = offerOf(8);
      talk.say(offer);
      const { port } = await talk.heard('a port', ({ type }) => type === 'FILE_UPLOAD_PORT');
      await sendTo(scope, Number(port), Buffer.alloc(bytes));
      const answer = await talk.heard('an answer', () => true);
      assert.deepEqual([answer.type, answer.code, answer.fid], ['ERROR', code, offer.fid], `${bytes} bytes`);
      assert.equal(uploads().length, left, `${bytes} bytes: ${uploads()}`);
    }
    const wrong = await put(talk, Buffer.from('data'), { sha256: createHash('sha256').digest('hex') });
    assert.deepEqual([wrong.type, wrong.code], ['ERROR', 'wrong-digest']);
    assert.equal(uploads().length, 1);
    assert.deepEqual(hub.files, []);
    await assertServes(hub, other);
  });

  it('a transfer port takes one connection, and none from another address', async () => {
    const hub = await startHub();
    const talk = await joinHub(scope, hub.port);
    const offer = offerOf(4);
    talk.say(offer);
    const { port } = await talk.heard('a port', ({ type }) => type === 'FILE_UPLOAD_PORT');
    const stranger = connect({ port: Number(port), host: '127.0.0.1', localAddress: '127.0.0.2' });
    stranger.on('error', () => {});
    await once(stranger, 'close');
    const first = await sendTo(scope, Number(port), Buffer.from('mine'));
    await talk.heard('it', ({ type }) => type === 'FILE_AVAILABLE');
    if (!first.closed) await once(first, 'close');
    const second = connect(Number(port), '127.0.0.1');
    const [error] = (await once(second, 'error')) as [NodeJS.ErrnoException];
    assert.equal(error.code, 'ECONNREFUSED');
  });

  it('a line of 64 KiB is taken, a longer one ends the connection with an ERROR', async () => {
    const hub = await startHub();
    const other = await joinHub(scope, hub.port);
    const talk = await joinHub(scope, hub.port, 'bad');
    const frame = JSON.stringify({ type: 'FILE_LIST', fill: '' });
    talk.say(`${JSON.stringify({ type: 'FILE_LIST', fill: 'x'.repeat(64 * 1024 - 1 - frame.length) })}\n`);
    await talk.heard('the list', ({ type }) => type === 'FILE_LIST');
    talk.say(`${JSON.stringify({ type: 'FILE_LIST', fill: 'x'.repeat(64 * 1024) })}\n`);
    assert.equal((await talk.heard('an answer', () => true)).code, 'line-too-long');
    await waitFor('the end', talk.closed);
    await assertServes(hub, other);
  });

  it('a flood of messages ends the connection that floods', async () => {
    const hub = await startHub();
    const other = await joinHub(scope, hub.port);
    const talk = await joinHub(scope, hub.port, 'bad');
    talk.say('{"type":"FILE_LIST"}\n'.repeat(20_000));
    await talk.heard('enough', ({ code }) => code === 'too-many-messages');
    await waitFor('the end', talk.closed);
    await assertServes(hub, other);
  });

  it('somebody who asks and asks, but never reads, is thrown out before it takes much memory', async () => {
    const hub = await startHub({ limits: { messageBurst: 1e6, messagesPerSecond: 1e6 } });
    const other = await joinHub(scope, hub.port);
    const talk = await joinHub(scope, hub.port, 'bad');
    for (let n = 0; n < 120; n++) await put(talk, Buffer.from('x'), { filename: `${n}${'n'.repeat(240)}` });
    talk.socket.pause();
    const asking = setInterval(() => talk.say('{"type":"FILE_LIST"}\n'.repeat(50)), 1);
    scope.defer(() => clearInterval(asking));
    await waitFor('it to be gone', () => hub.members.length === 1);
    clearInterval(asking);
    await assertServes(hub, other);
  });

  it('leaves nothing open behind, whatever the clients did', async () => {
    const sockets = (): number => process.getActiveResourcesInfo().filter((name) => /^TCP/.test(name)).length;
    const before = sockets();
    const hub = await startHub();
    const talks = await Promise.all([1, 2, 3].map((n) => joinHub(scope, hub.port, `n${n}`)));
    const unread: Socket[] = [];
    const stored = await put(talks[0] as HubTalk, Buffer.alloc(100_000));
    for (const talk of talks) {
      // Ports that nobody comes for, an upload that stalls, a download that is not read.
      for (let n = 0; n < 3; n++) talk.say(offerOf(10));
      for (let n = 0; n < 3; n++) talk.say({ type: 'FILE_REQUEST', fid: stored.fid });
      const port = await talk.heard('a port', ({ type }) => type === 'FILE_DOWNLOAD_PORT');
      const idle = connect(Number(port.port), '127.0.0.1');
      idle.on('error', () => {});
      await once(idle, 'connect');
      unread.push(idle);
    }
    await hub.close();
    for (const idle of unread) idle.destroy();
    for (const talk of talks) await waitFor('the end', talk.closed);
    await waitFor('all to be closed', () => sockets() <= before);
    await HubServer.start({ host: '127.0.0.1', port: hub.port, folder: hub.folder, key: null }).then((again) =>
      again.close(),
    );
  });

  it('limits: clients, files, offers, total size', async () => {
    const hub = await startHub({ limits: { clients: 3, files: 2, offersPerClient: 1, totalBytes: 100 } });
    const talk = await joinHub(scope, hub.port);
    talk.say(offerOf(101));
    assert.equal((await talk.heard('an answer', () => true)).code, 'no-space');
    talk.say(offerOf(1));
    const { port } = await talk.heard('a port', ({ type }) => type === 'FILE_UPLOAD_PORT');
    talk.say(offerOf(1));
    assert.equal((await talk.heard('an answer', () => true)).code, 'too-many-offers');
    await sendTo(scope, Number(port), Buffer.from('1'));
    await talk.heard('it', ({ type }) => type === 'FILE_AVAILABLE');
    await put(talk, Buffer.from('22'));
    talk.say(offerOf(1));
    assert.equal((await talk.heard('an answer', () => true)).code, 'too-many-files');
    await joinHub(scope, hub.port);
    await joinHub(scope, hub.port);
    const fourth = await talkToHub(scope, hub.port);
    fourth.say({ type: 'HELLO', name: 'one too many' });
    await waitFor('the fourth to be thrown out', fourth.closed);
    assert.equal(fourth.lines[0]?.code, 'too-many-clients');
  });

  it('is not started for others without a key', async () => {
    const start = HubServer.start({ host: '0.0.0.0', port: 0, folder: tempFolder(scope), key: null });
    await assert.rejects(start, { code: 'bad-option' });
    const short = HubServer.start({ host: '0.0.0.0', port: 0, folder: tempFolder(scope), key: 'short' });
    await assert.rejects(short, { code: 'bad-option' });
    const hub = await startHub({ host: '0.0.0.0', key: 'long enough' });
    await joinHub(scope, hub.port, 'anna', 'long enough');
  });
});
