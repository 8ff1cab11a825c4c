import assert from 'node:assert/strict';
import { type HeadResult, parseResponseHead } from '../../../../../src/engine/protocols/http/responseHead.ts';

function parse(text: string): HeadResult {
  return parseResponseHead(Buffer.from(text, 'latin1'));
}

function headOf(text: string): Extract<HeadResult, { kind: 'head' }>['head'] {
  const result = parse(text);
  assert.ok(result.kind === 'head', JSON.stringify(result));
  return result.head;
}

describe('parseResponseHead', () => {
  it('reads status, headers and its own length, and leaves the body', () => {
    const text = 'HTTP/1.1 206 Partial Content\r\nContent-Length: 5\r\nETag:"x"\r\nX-Empty:\r\n\r\n';
    assert.deepEqual(parse(`${text}hello\r\n\r\n`), {
      kind: 'head',
      length: text.length,
      head: {
        version: '1.1',
        status: 206,
        keepAlive: true,
        headers: { 'content-length': '5', etag: '"x"', 'x-empty': '' },
      },
    });
  });

  it('is incomplete at every byte before its last', () => {
    const text = 'HTTP/1.1 200 OK\r\nA: b\r\n\r\n';
    for (let length = 0; length < text.length; length++)
      assert.deepEqual(parse(text.slice(0, length)), { kind: 'incomplete' });
    assert.equal(parse(text).kind, 'head');
  });

  it('takes a moment for the longest head, whatever it is made of', () => {
    const fillers = [' ', '\t', ', ', 'a:\r\n', 'x: y\r\n'];
    for (const start of ['', 'connection: a', 'x: a'])
      for (const filler of fillers)
        for (let n = 0; n < 2; n++)
          parse(`HTTP/1.1 200 OK\r\n${start}${filler.repeat(64_000 / filler.length)}b\r\n\r\n`);
  });

  it('reads a head without headers', () => assert.deepEqual(headOf('HTTP/1.1 200 OK\r\n\r\n').headers, {}));

  for (const [line, status] of [
    ['HTTP/1.1 200', 200],
    ['HTTP/1.1 200 ', 200],
    ['HTTP/1.1 100 Continue', 100],
    ['HTTP/1.1 599 \xfcber', 599],
  ] as const) {
    it(`takes the status line ${JSON.stringify(line)}`, () => assert.equal(headOf(`${line}\r\n\r\n`).status, status));
  }

  const badLines = [
    ...[
      '',
      'HTTP/2 200 OK',
      'HTTP/1.2 200 OK',
      'http/1.1 200 OK',
      'HTTP/1.1  200 OK',
      'HTTP/1.1 20 OK',
      'HTTP/1.1 2000 OK',
    ],
    ...[
      'HTTP/1.1 099 X',
      'HTTP/1.1 600 X',
      'HTTP/1.1 200OK',
      'ICY 200 OK',
      'SSH-2.0-x',
      ' HTTP/1.1 200 OK',
      'HTTP/1.1 200 O\rK',
    ],
    'HTTP/1.1 200 OK\nA: b',
  ];
  for (const line of badLines) {
    it(`refuses the status line ${JSON.stringify(line)}`, () =>
      assert.equal(parse(`${line}\r\n\r\n`).kind, 'malformed'));
  }

  const badHeaders: [what: string, lines: string][] = [
    ['no colon', 'Content-Length 5'],
    ['no name', ': 5'],
    ['white space before the colon', 'Content-Length : 5'],
    ['obsolete folding', 'A: b\r\n c'],
    ['obsolete folding with a tab', 'A: b\r\n\tc: d'],
    ['folding on the first line', ' A: b'],
    ['a bare line feed', 'A: b\nC: d'],
    ['a bare carriage return', 'A: b\rC: d'],
    ['a zero', 'A: b\0'],
    ['a name that is no token', 'A(b): c'],
    ['a name with bytes beyond ASCII', '\xfc: c'],
  ];
  for (const [what, lines] of badHeaders) {
    it(`refuses ${what}`, () => assert.equal(parse(`HTTP/1.1 200 OK\r\n${lines}\r\n\r\n`).kind, 'malformed'));
  }

  it('keeps every value of a header that comes several times', () => {
    const { headers } = headOf(
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\ncontent-length: 6\r\nCONTENT-LENGTH: 5\r\n\r\n',
    );
    assert.deepEqual(headers['content-length'], ['5', '6', '5']);
  });

  for (const name of ['constructor', '__proto__', 'toString', 'valueOf', 'hasOwnProperty']) {
    it(`reads a header named ${name}, like a property of every object`, () => {
      const { headers } = headOf(`HTTP/1.1 200 OK\r\n${name}: x\r\nA: b\r\n\r\n`);
      assert.deepEqual(Object.entries(headers), [
        [name.toLowerCase(), 'x'],
        ['a', 'b'],
      ]);
    });
  }

  it('refuses a head over 64 KiB, whether it has an end or not', () => {
    const long = `HTTP/1.1 200 OK\r\nA: ${'x'.repeat(65_536)}`;
    assert.equal(parse(long).kind, 'malformed');
    assert.equal(parse(`${long}\r\n\r\n`).kind, 'malformed');
    assert.equal(parse(long.slice(0, 65_535)).kind, 'incomplete');
    assert.equal(parse(`${long.slice(0, 65_000)}\r\n\r\n`).kind, 'head');
  });

  it('keeps the bytes of a value, without the white space around it', () => {
    const { headers } = headOf('HTTP/1.1 200 OK\r\nA: \t x: y \xfc\t \r\n\r\n');
    assert.equal(headers.a, 'x: y \xfc');
  });

  it('takes only space and tab for white space: the byte A0 is the end of a UTF-8 letter', () => {
    const name = Buffer.from('voilà').toString('latin1');
    assert.equal(headOf(`HTTP/1.1 200 OK\r\nA: ${name}\r\n\r\n`).headers.a, name);
  });

  const connections: [version: string, headers: string, keepAlive: boolean][] = [
    ['1.1', '', true],
    ['1.1', 'Connection: keep-alive\r\n', true],
    ['1.1', 'Connection: close\r\n', false],
    ['1.1', 'Connection: Close\r\n', false],
    ['1.1', 'Connection: upgrade , CLOSE\r\n', false],
    ['1.1', 'Connection: keep-alive\r\nConnection: close\r\n', false],
    ['1.1', 'Connection: closed\r\n', true],
    ['1.0', '', false],
    ['1.0', 'Connection: keep-alive\r\n', true],
    ['1.0', 'Connection: x,Keep-Alive\r\n', true],
    ['1.0', 'Connection: keep-alive, close\r\n', false],
    ['1.0', 'Keep-Alive: timeout=5\r\n', false],
  ];
  for (const [version, headers, keepAlive] of connections) {
    it(`HTTP/${version} with ${JSON.stringify(headers)} ${keepAlive ? 'stays open' : 'closes'}`, () => {
      assert.equal(headOf(`HTTP/${version} 200 OK\r\n${headers}\r\n`).keepAlive, keepAlive);
    });
  }
});
