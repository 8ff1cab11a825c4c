import assert from 'node:assert/strict';
import { offeredUrl } from '../../../../src/engine/protocols/offeredUrl.ts';

const BASE = 'https://h.example/a/b?c#d';

describe('offeredUrl', () => {
  const cases: [text: string, base: string | undefined, href: string | null][] = [
    ['http://m.example/x', undefined, 'http://m.example/x'],
    [' \n HTTPS://M.example/x \t', undefined, 'https://m.example/x'],
    ['http://m.example/x?y=z#w', undefined, 'http://m.example/x?y=z'],
    ['http://u:p@m.example/x', undefined, 'http://u:p@m.example/x'],
    ['http://[::1]:8080/x', undefined, 'http://[::1]:8080/x'],
    ['http://m.example/a%20b/%2e', undefined, 'http://m.example/a%20b/'],
    ['http://m.example/a b', undefined, null],
    ['http://m.example/a\tb', undefined, null],
    ['http:\\\\m.example\\x', undefined, null],
    ['http:m.example', undefined, null],
    ['http:///m.example', undefined, null],
    ['//m.example/x', undefined, null],
    ['/x', undefined, null],
    ['', undefined, null],
    ['http://', undefined, null],
    ['http://m.example:99999/', undefined, null],
    ['ftp://m.example/x', undefined, null],
    ['file:///etc/passwd', undefined, null],
    ['javascript:alert(1)', undefined, null],
    [`http://m.example/${'x'.repeat(8000)}`, undefined, `http://m.example/${'x'.repeat(8000)}`],
    [`http://m.example/${'x'.repeat(8192)}`, undefined, null],
    [`http://m.example/${'\u00fc'.repeat(4000)}`, undefined, null],
    ['x', BASE, 'https://h.example/a/x'],
    ['/x', BASE, 'https://h.example/x'],
    ['//m.example/x', BASE, 'https://m.example/x'],
    ['', BASE, 'https://h.example/a/b?c'],
    ['http://m.example/x', BASE, 'http://m.example/x'],
    ['ftp://m.example/x', BASE, null],
    ['file:///x', BASE, null],
    ['x', 'no base', null],
    ['x', 'ftp://m.example/', null],
  ];
  for (const [text, base, href] of cases) {
    const shown = text.length > 50 ? `${text.slice(0, 20)}... (${text.length})` : JSON.stringify(text);
    it(`of ${shown}${base === undefined ? '' : ` at ${base}`}`, () =>
      assert.equal(offeredUrl(text, base)?.href ?? null, href));
  }
});
