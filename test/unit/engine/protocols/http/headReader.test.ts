import assert from 'node:assert/strict';
import { HeadReader } from '../../../../../src/engine/protocols/http/headReader.ts';
import { assertCode, thrown } from '../../assertCode.ts';

const HEAD = 'HTTP/1.1 200 OK\r\nA: b\r\n\r\n';
const HINTS = 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n';

/** Reads all heads in a text that comes byte by byte. */
function readAll(text: string): { statuses: number[]; rest: string } {
  const reader = new HeadReader();
  const bytes = Buffer.from(text, 'latin1');
  const statuses: number[] = [];
  let start = 0;
  for (let end = 0; end <= bytes.length; end++) {
    const found = reader.read(bytes.subarray(start, end));
    if (found === null) continue;
    start += found.length;
    statuses.push(found.head.status);
    if (found.head.status >= 200) break;
  }
  return { statuses, rest: bytes.toString('latin1', start) };
}

describe('HeadReader', () => {
  it('finds a head that comes byte by byte, and leaves the body', () => {
    assert.deepEqual(readAll(`${HEAD}hello`), { statuses: [200], rest: 'hello' });
  });

  it('finds every head before the real one', () => {
    const statuses = [103, 103, 200];
    assert.deepEqual(readAll(`${HINTS}${HINTS}${HEAD}\r\n\r\n`), { statuses, rest: '\r\n\r\n' });
  });

  it('finds a head that came as a whole, with others', () => {
    const found = new HeadReader().read(Buffer.from(`${HINTS}${HEAD}`));
    assert.deepEqual([found?.head.status, found?.length], [103, HINTS.length]);
  });

  it('bears ten interim answers, not more', () => {
    assert.equal(readAll(`${HINTS.repeat(10)}${HEAD}`).statuses.length, 11);
    assertCode(
      thrown(() => readAll(`${HINTS.repeat(11)}${HEAD}`)),
      'bad-response',
    );
  });

  it('refuses what is no head at its first wrong byte, and one that has no end within 64 KiB', () => {
    assertCode(
      thrown(() => readAll('SSH-2.0-OpenSSH_9\r\n\r\n')),
      'bad-response',
    );
    for (const beginning of ['ERROR: Unknown command', 'HTTP/2', 'h', ' HTTP/1.1'])
      assertCode(
        thrown(() => new HeadReader().read(Buffer.from(beginning))),
        'bad-response',
      );
    const endless = Buffer.from(`HTTP/1.1 200 OK\r\nA: ${'x'.repeat(65_536)}`);
    const reader = new HeadReader();
    assert.equal(reader.read(endless.subarray(0, 65_535)), null);
    assertCode(
      thrown(() => reader.read(endless)),
      'bad-response',
    );
  });
});
