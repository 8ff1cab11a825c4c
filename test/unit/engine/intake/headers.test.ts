import assert from 'node:assert/strict';
import { checkHeaders } from '../../../../src/engine/intake/headers.ts';
import { assertCode, thrown } from '../assertCode.ts';

describe('checkHeaders', () => {
  it('gives names in lower case and values without outer white space', () => {
    assert.deepEqual(checkHeaders({ Authorization: ' Bearer x ', 'X-Y': 'a\tb', empty: '' }), {
      authorization: 'Bearer x',
      'x-y': 'a\tb',
      empty: '',
    });
  });

  it('takes every character that a value may have', () => {
    assert.equal(checkHeaders({ a: 'x ~\x80\xff' }).a, 'x ~\x80\xff');
  });

  const names = ['', ' ', 'a b', 'a:b', 'a\nb', 'a\u0000', 'ü', 'a/b', '(a)'];
  for (const name of names) {
    it(`refuses the name ${JSON.stringify(name)}`, () => {
      assertCode(
        thrown(() => checkHeaders({ [name]: 'x' })),
        'bad-header',
      );
    });
  }

  for (const value of ['a\r\nb: c', 'a\n', 'a\r', 'a\u0000', 'a\x7f', 'a\x1f', 'Ā', '数']) {
    it(`refuses the value ${JSON.stringify(value)} without repeating it`, () => {
      const error = thrown(() => checkHeaders({ cookie: `hush${value}` }));
      assertCode(error, 'bad-header');
      assert.doesNotMatch(error.message, /hush/);
    });
  }

  for (const name of [
    'Range',
    'If-Range',
    ' Host',
    'content-length',
    'Transfer-Encoding',
    'connection',
    'Accept-Encoding',
  ]) {
    it(`refuses ${name}, which the transfer sets itself`, () => {
      assertCode(
        thrown(() => checkHeaders({ [name]: 'x' })),
        'bad-header',
      );
    });
  }

  it('keeps a header that is named like a property of every object', () => {
    assert.deepEqual(Object.entries(checkHeaders(Object.fromEntries([['__proto__', 'x']]))), [['__proto__', 'x']]);
  });
});
