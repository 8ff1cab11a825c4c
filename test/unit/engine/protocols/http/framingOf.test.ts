import assert from 'node:assert/strict';
import { ChunkedBody } from '../../../../../src/engine/protocols/http/chunkedBody.ts';
import { framingOf } from '../../../../../src/engine/protocols/http/framingOf.ts';
import type { ResponseHead } from '../../../../../src/engine/protocols/http/responseHead.ts';
import { SizedBody } from '../../../../../src/engine/protocols/http/sizedBody.ts';
import { assertCode, thrown } from '../../assertCode.ts';

type Headers = ResponseHead['headers'];

function headWith(headers: Headers, status = 200, version: ResponseHead['version'] = '1.1'): ResponseHead {
  return { version, status, headers, keepAlive: true };
}

describe('framingOf', () => {
  const sized: [what: string, head: ResponseHead, lengthBytes: number][] = [
    ['a length', headWith({ 'content-length': '7' }), 7],
    ['a length of nothing', headWith({ 'content-length': '0' }), 0],
    ['a length of what is encoded', headWith({ 'content-length': '7', 'content-encoding': 'gzip' }), 7],
    ['a length in HTTP/1.0', headWith({ 'content-length': '7' }, 206, '1.0'), 7],
    ['no length: until the end of the connection', headWith({}), Number.POSITIVE_INFINITY],
    ['no length in HTTP/1.0', headWith({}, 200, '1.0'), Number.POSITIVE_INFINITY],
    ['204, whatever it says', headWith({ 'content-length': '7' }, 204), 0],
    ['304, whatever it says', headWith({ 'transfer-encoding': 'chunked' }, 304), 0],
    ['an empty redirect', headWith({ 'content-length': '0' }, 302), 0],
    ['an error page: not read', headWith({ 'content-length': '7' }, 404), Number.POSITIVE_INFINITY],
    ['416 with a body: not read', headWith({ 'content-length': '7' }, 416), Number.POSITIVE_INFINITY],
    ['an error page in chunks: not read', headWith({ 'transfer-encoding': 'chunked' }, 500), Number.POSITIVE_INFINITY],
    ['a busy server that counts badly', headWith({ 'content-length': ['7', '8'] }, 429), Number.POSITIVE_INFINITY],
  ];
  for (const [what, head, lengthBytes] of sized) {
    it(`${what}: ${lengthBytes} bytes`, () => {
      const body = framingOf(head);
      assert.ok(body instanceof SizedBody);
      assert.equal(body.dataBytes, lengthBytes);
      assert.equal(body.isComplete, lengthBytes === 0);
    });
  }

  for (const coding of ['chunked', 'Chunked']) {
    it(`"${coding}" is chunks`, () => {
      assert.ok(framingOf(headWith({ 'transfer-encoding': coding })) instanceof ChunkedBody);
      assert.ok(
        framingOf(headWith({ 'transfer-encoding': coding, 'content-encoding': 'gzip' }, 206)) instanceof ChunkedBody,
      );
    });
  }

  const refused: [what: string, headers: Headers, reason: RegExp][] = [
    ['a length that is no number', { 'content-length': '7x' }, /two ways/],
    ['two lengths', { 'content-length': ['7', '7'] }, /two ways/],
    ['two lengths in one line', { 'content-length': '7, 7' }, /two ways/],
    ['a length and chunks', { 'content-length': '7', 'transfer-encoding': 'chunked' }, /two ways/],
    ['a length and an unknown coding', { 'content-length': '7', 'transfer-encoding': 'x' }, /two ways/],
    ['an unknown coding', { 'transfer-encoding': 'x' }, /coding/],
    ['an empty coding', { 'transfer-encoding': '' }, /coding/],
    ['no coding, said so', { 'transfer-encoding': 'identity' }, /coding/],
    ['packed chunks', { 'transfer-encoding': 'gzip, chunked' }, /coding/],
    ['chunks in chunks', { 'transfer-encoding': ['chunked', 'chunked'] }, /coding/],
    ['chunks with something behind', { 'transfer-encoding': 'chunked;x' }, /coding/],
  ];
  for (const [what, headers, reason] of refused) {
    it(`refuses ${what}`, () => {
      const error = thrown(() => framingOf(headWith(headers)));
      assertCode(error, 'bad-response');
      assert.match(String(error.args.reason), reason);
    });
  }

  it('refuses chunks in HTTP/1.0, which knows none', () => {
    assertCode(
      thrown(() => framingOf(headWith({ 'transfer-encoding': 'chunked' }, 200, '1.0'))),
      'bad-response',
    );
  });
});

describe('SizedBody', () => {
  it('is complete when all of it came, and by nothing else', () => {
    const body = new SizedBody(5);
    body.takeData(3);
    body.connectionEnded();
    assert.deepEqual([body.dataBytes, body.isComplete], [2, false]);
    body.takeData(2);
    assert.deepEqual([body.dataBytes, body.isComplete], [0, true]);
  });

  it('without a length is complete when the connection has ended, and not before', () => {
    const body = new SizedBody(Number.POSITIVE_INFINITY);
    body.takeData(1_000_000);
    assert.deepEqual([body.dataBytes, body.isComplete], [Number.POSITIVE_INFINITY, false]);
    body.connectionEnded();
    assert.deepEqual([body.dataBytes, body.isComplete], [0, true]);
  });
});
