import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { assertDownloaded } from '../support/assertDownloaded.ts';
import { Content } from '../support/content.ts';
import { startInProcessEngine } from '../support/inProcessEngine.ts';
import { useScope } from '../support/scope.ts';
import type { RangeAnswer } from '../support/servers/rangeAnswer.ts';
import { rangeAnswer } from '../support/servers/rangeAnswer.ts';
import { startRawServer } from '../support/servers/rawServer.ts';

describe('answers in strange clothes', () => {
  const scope = useScope();
  const content = new Content(2_000_000, 6);

  async function assertRight(send: (socket: Socket, answer: RangeAnswer) => void, maxBytes?: number): Promise<void> {
    const server = await startRawServer(scope, (socket, head) => send(socket, rangeAnswer(content, head, maxBytes)));
    const engine = await startInProcessEngine(scope, { settings: { lanesPerTask: 3 } });
    await assertDownloaded(await engine.completed(await engine.add(`${server.origin}/f.bin`)), content);
  }

  const whole = ({ head, body }: RangeAnswer): Buffer => Buffer.concat([Buffer.from(head), body]);
  const inChunks = (body: Buffer, size: number, extension = ''): Buffer => {
    const pieces: Buffer[] = [];
    for (let at = 0; at < body.length; at += size) {
      const piece = body.subarray(at, at + size);
      pieces.push(Buffer.from(`${piece.length.toString(16)}${extension}\r\n`), piece, Buffer.from('\r\n'));
    }
    return Buffer.concat(pieces);
  };

  const legal: readonly (readonly [string, (socket: Socket, answer: RangeAnswer) => void, number?])[] = [
    ['head and body in one write', (socket, answer) => void socket.write(whole(answer))],
    ['the head byte by byte', (socket, answer) => void sendByteByByte(socket, answer)],
    [
      'interim answers before the real one',
      (socket, answer) => {
        const hints = 'HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n';
        socket.write(Buffer.concat([Buffer.from(`HTTP/1.1 100 Continue\r\n\r\n${hints}`), whole(answer)]));
      },
    ],
    [
      'no reason, and names in any case',
      (socket, { head, body }) => {
        const odd = head
          .replace(' Partial Content', ' ')
          .replace('Content-Length:', 'cOnTeNt-lEnGtH:  ')
          .replace('Content-Range', 'CONTENT-RANGE');
        socket.write(Buffer.concat([Buffer.from(odd), body]));
      },
    ],
    [
      'HTTP/1.0, closed after each answer',
      (socket, answer) =>
        void socket.end(Buffer.concat([Buffer.from(answer.head.replace('HTTP/1.1', 'HTTP/1.0')), answer.body])),
    ],
    [
      'Connection: close, and kept',
      (socket, { head, body }) =>
        void socket.end(Buffer.concat([Buffer.from(head.replace('ETag', 'Connection: close\r\nETag')), body])),
    ],
    ['closed after each answer without a word', (socket, answer) => void socket.end(whole(answer)), 150_000],
    [
      'chunks with extensions and trailers',
      (socket, { head, body }) => {
        const chunked = head.replace(/Content-Length: \d+/, 'Transfer-Encoding: chunked');
        socket.write(
          Buffer.concat([
            Buffer.from(chunked),
            inChunks(body, 50_001, ';name="a;b"'),
            Buffer.from('0\r\nX-Trailer: 1\r\n\r\n'),
          ]),
        );
      },
    ],
    [
      'thousands of tiny chunks',
      (socket, { head, body }) => {
        const chunked = head.replace(/Content-Length: \d+/, 'Transfer-Encoding: chunked');
        socket.write(Buffer.concat([Buffer.from(chunked), inChunks(body, 17), Buffer.from('0\r\n\r\n')]));
      },
      100_000,
    ],
    [
      'HTTP/1.0, kept because it says so',
      (socket, { head, body }) => {
        const kept = head.replace('HTTP/1.1', 'HTTP/1.0').replace('ETag', 'Connection: keep-alive\r\nETag');
        socket.write(Buffer.concat([Buffer.from(kept), body]));
      },
    ],
    ['no length at all: each answer lasts until its connection is closed', endless],
    [
      'no length at all, in HTTP/1.0',
      (socket, answer) => endless(socket, { ...answer, head: answer.head.replace('HTTP/1.1', 'HTTP/1.0') }),
    ],
  ];
  for (const [what, send, maxBytes] of legal) {
    it(`${what}: the file is right`, () => assertRight(send, maxBytes));
  }

  it('answers of HTTP/1.0 share a connection when they are said to keep it', async () => {
    const server = await startRawServer(scope, (socket, head) => {
      const answer = rangeAnswer(content, head, 500_000);
      const kept = answer.head.replace('HTTP/1.1', 'HTTP/1.0').replace('ETag', 'Connection: keep-alive\r\nETag');
      socket.write(Buffer.concat([Buffer.from(kept), answer.body]));
    });
    const engine = await startInProcessEngine(scope, { settings: { lanesPerTask: 1 } });
    await assertDownloaded(await engine.completed(await engine.add(`${server.origin}/f.bin`)), content);
    assert.ok(server.log.requests.length >= 4);
    assert.equal(server.log.totalConnections, 1);
  });

  const lengthless: [what: string, head: string, body: (bytes: Buffer) => Buffer][] = [
    ['until the connection is closed', 'Connection: close\r\n', (bytes) => bytes],
    ['in chunks', 'Transfer-Encoding: chunked\r\n', (bytes) => Buffer.concat([inChunks(bytes, 70_000), LAST_CHUNK])],
  ];
  for (const [what, fields, code] of lengthless) {
    it(`a file whose size nobody tells, ${what}: asked for once`, async () => {
      const server = await startRawServer(scope, (socket) => {
        socket.end(Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${fields}\r\n`), code(content.slice(0, 2_000_000))]));
      });
      const engine = await startInProcessEngine(scope);
      await assertDownloaded(await engine.completed(await engine.add(`${server.origin}/f.bin`)), content);
      assert.equal(server.log.requests.length, 1);
    });

    it(`a file whose size nobody tells, ${what}, but reset before its end: never called complete`, async () => {
      const cuts = [1, 60_000, 1_999_999];
      const server = await startRawServer(scope, (socket, _, number) => {
        const body = code(content.slice(0, 2_000_000));
        const cut = cuts[number - 1];
        socket.write(Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${fields}\r\n`), body.subarray(0, cut)]), () => {
          // Some of it is to be received before: a reset throws away what lies in the way.
          if (cut !== undefined) setTimeout(() => socket.resetAndDestroy(), 20);
          else socket.end();
        });
      });
      const engine = await startInProcessEngine(scope);
      await assertDownloaded(await engine.completed(await engine.add(`${server.origin}/f.bin`)), content);
      assert.equal(server.log.requests.length, cuts.length + 1);
    });
  }

  it('bytes beyond the end of a body are never part of the file, nor of the next answer', async () => {
    let surplus = 0;
    await assertRight((socket, answer) => {
      // In one write and in two: the surplus comes with the body, or while the connection waits for its next request.
      if (++surplus % 2 === 0) return void socket.write(Buffer.concat([whole(answer), Buffer.alloc(5000, 0x66)]));
      socket.write(whole(answer));
      setImmediate(() => socket.write(Buffer.alloc(5000, 0x66)));
    }, 150_000);
    assert.ok(surplus > 2);
  });

  it('a length that contradicts the range never moves a byte', async () => {
    for (const difference of [-1000, 1000]) {
      let lies = 0;
      await assertRight((socket, answer) => {
        const { head, body, start, end } = answer;
        // Only one answer lies, so that the download can get to its end.
        if (lies >= 1 || start === 0 || end - start < 5000) return void socket.write(whole(answer));
        lies++;
        const lying = head.replace(
          /Content-Length: (\d+)/,
          (_, length) => `Content-Length: ${Number(length) + difference}`,
        );
        socket.end(Buffer.concat([Buffer.from(lying), body]));
      }, 150_000);
    }
  });
});

const LAST_CHUNK = Buffer.from('0\r\nX-Trailer: 1\r\n\r\n');

/** Without a word about its length. */
function endless(socket: Socket, { head, body }: RangeAnswer): void {
  socket.end(Buffer.concat([Buffer.from(head.replace(/Content-Length: \d+\r\n/, '')), body]));
}

async function sendByteByByte(socket: Socket, { head, body }: RangeAnswer): Promise<void> {
  socket.setNoDelay(true);
  for (const character of head) {
    if (!socket.write(character)) await once(socket, 'drain');
    await new Promise(setImmediate);
  }
  socket.write(body);
}
