import assert from 'node:assert/strict';
import type { ErrorCode } from '../../../../../src/contract/errors.ts';
import { HttpClient } from '../../../../../src/engine/net/httpClient.ts';
import { DEFAULT_TIMEOUTS } from '../../../../../src/engine/net/httpLimits.ts';
import { HttpSource } from '../../../../../src/engine/sources/http/httpSource.ts';
import { useScope } from '../../../../support/scope.ts';
import { startRawServer } from '../../../../support/servers/rawServer.ts';
import { assertCode, rejection } from '../../assertCode.ts';
import { CheckedSink } from '../../net/checkedSink.ts';
import { SeededRandom } from '../../seededRandom.ts';

const CONTENT = Buffer.from(Array.from({ length: 1000 }, (_, i) => (i * 7) & 0xff));
const signal = new AbortController().signal;

function part(start: number, end: number, more = '', total: number | string = 1000): Buffer {
  return answer(
    `206 Partial Content\r\nContent-Range: bytes ${start}-${end - 1}/${total}`,
    CONTENT.subarray(start, end),
    more,
  );
}

function answer(statusAndHeaders: string, body: Uint8Array, more = ''): Buffer {
  const head = `HTTP/1.1 ${statusAndHeaders}\r\nContent-Length: ${body.length}\r\n${more}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}

const ETAG = 'ETag: "x"\r\n';

describe('HttpLane', () => {
  const scope = useScope();

  /** A source whose first answer tells of 1000 bytes; the script answers what is asked after that. */
  async function describedSource(first: Buffer, script: (head: string, number: number) => Buffer): Promise<HttpSource> {
    const server = await startRawServer(scope, (socket, head, number) => {
      socket.write(number === 1 ? first : script(head, number));
    });
    const client = new HttpClient({ env: {} }, { timeouts: DEFAULT_TIMEOUTS });
    scope.defer(() => client.close());
    const url = `${server.origin}/file`;
    const source = new HttpSource({ client }, { url, key: 'k', address: url, headers: {}, userAgent: 'test' });
    scope.defer(() => source.close());
    await source.describe({ signal });
    // The first lane goes on with the first answer; the tests want fresh requests.
    source.openLane().close();
    return source;
  }

  async function readFrom(source: HttpSource, start: number, end: number): Promise<Buffer> {
    const sink = new CheckedSink({ start, length: end - start }, new SeededRandom(1), { slow: 0.2 });
    const lane = source.openLane();
    try {
      await lane.read({ start, end }, sink, { signal });
    } finally {
      lane.close();
    }
    return sink.bytes;
  }

  it('asks for the range, and with If-Range for the version it knows', async () => {
    let asked = '';
    const source = await describedSource(part(0, 1000, ETAG), (head) => {
      asked = head;
      return part(100, 300, ETAG);
    });
    assert.ok((await readFrom(source, 100, 300)).equals(CONTENT.subarray(100, 300)));
    assert.match(asked, /\r\nrange: bytes=100-299/);
    assert.match(asked, /\r\nif-range: "x"/);
  });

  it('keeps what is shorter than asked and asks for the rest', async () => {
    const source = await describedSource(part(0, 1000), (head) => {
      const start = Number(/bytes=(\d+)-/.exec(head)?.[1]);
      return part(start, Math.min(300, start + 70));
    });
    assert.ok((await readFrom(source, 100, 300)).equals(CONTENT.subarray(100, 300)));
  });

  const refused: [what: string, first: Buffer, later: Buffer, code: ErrorCode][] = [
    ['another place', part(0, 1000), part(101, 300), 'range-mismatch'],
    ['more than was asked', part(0, 1000), part(100, 301), 'range-mismatch'],
    [
      'a body longer than its range',
      part(0, 1000),
      answer('206 X\r\nContent-Range: bytes 100-149/1000', CONTENT.subarray(100, 300)),
      'range-mismatch',
    ],
    [
      'a body shorter than its range',
      part(0, 1000),
      answer('206 X\r\nContent-Range: bytes 100-299/1000', CONTENT.subarray(100, 150)),
      'range-mismatch',
    ],
    ['no place at all', part(0, 1000), answer('206 X', CONTENT.subarray(100, 300)), 'range-mismatch'],
    [
      'another unit',
      part(0, 1000),
      answer('206 X\r\nContent-Range: items 100-299/1000', CONTENT.subarray(100, 300)),
      'range-mismatch',
    ],
    ['a coded body', part(0, 1000), part(100, 300, 'Content-Encoding: gzip\r\n'), 'range-mismatch'],
    ['another size', part(0, 1000), part(100, 300, '', 1001), 'file-changed'],
    ['another tag', part(0, 1000, ETAG), part(100, 300, 'ETag: "y"\r\n'), 'file-changed'],
    [
      'another date',
      part(0, 1000, 'Last-Modified: Wed, 21 Oct 2015 07:28:00 GMT\r\n'),
      part(100, 300, 'Last-Modified: Wed, 21 Oct 2015 07:28:01 GMT\r\n'),
      'file-changed',
    ],
    ['the whole of another file', part(0, 1000), answer('200 OK', Buffer.alloc(999)), 'file-changed'],
    ['the whole of another version', part(0, 1000, ETAG), answer('200 OK', CONTENT, 'ETag: "y"\r\n'), 'file-changed'],
    ['the whole file', part(0, 1000), answer('200 OK', CONTENT), 'range-ignored'],
    [
      'that there is no such range',
      part(0, 1000),
      answer('416 X\r\nContent-Range: bytes */50', Buffer.alloc(0)),
      'file-changed',
    ],
  ];
  for (const [what, first, later, code] of refused) {
    it(`refuses ${what} as ${code}, and takes no byte of it`, async () => {
      const source = await describedSource(first, () => later);
      const sink = new CheckedSink({ start: 100, length: 200 }, new SeededRandom(1), { slow: 0 });
      const lane = source.openLane();
      assertCode(await rejection(lane.read({ start: 100, end: 300 }, sink, { signal })), code);
      assert.equal(sink.position, 100);
      lane.close();
    });
  }

  it('asks once more without If-Range when the whole file came though it is the same, and remembers that', async () => {
    const asked: string[] = [];
    const source = await describedSource(part(0, 1000, ETAG), (head) => {
      asked.push(/if-range/.test(head) ? 'with' : 'without');
      const start = Number(/bytes=(\d+)-/.exec(head)?.[1]);
      return /if-range/.test(head) ? answer('200 OK', CONTENT, ETAG) : part(start, start + 100, ETAG);
    });
    assert.ok((await readFrom(source, 100, 200)).equals(CONTENT.subarray(100, 200)));
    assert.ok((await readFrom(source, 300, 400)).equals(CONTENT.subarray(300, 400)));
    assert.deepEqual(asked, ['with', 'without', 'without']);
  });

  it('takes the whole file for its beginning', async () => {
    const source = await describedSource(part(0, 1000, ETAG), () => answer('200 OK', CONTENT, ETAG));
    assert.ok((await readFrom(source, 0, 300)).equals(CONTENT.subarray(0, 300)));
  });

  it('notices that the one stream it asks for again is of another file', async () => {
    for (const later of [answer('200 OK', Buffer.alloc(2000)), answer('200 OK', CONTENT, 'ETag: "y"\r\n')]) {
      const source = await describedSource(answer('200 OK', CONTENT, ETAG), () => later);
      assertCode(await rejection(readFrom(source, 0, 1000)), 'file-changed');
    }
  });
});
