import assert from 'node:assert/strict';
import { type ConditionHeaders, judgePreconditions } from '../../../../../src/engine/protocols/http/preconditions.ts';

const MODIFIED = 'Wed, 21 Oct 2015 07:28:00 GMT';
const BEFORE = 'Wed, 21 Oct 2015 07:27:59 GMT';
const AFTER = 'Wed, 21 Oct 2015 07:28:01 GMT';
/** The obsolete forms (RFC 9110 §5.6.7). */
const MODIFIED_RFC_850 = 'Wednesday, 21-Oct-15 07:28:00 GMT';

describe('judgePreconditions', () => {
  const cases: [headers: ConditionHeaders, expected: string][] = [
    [{}, 'met'],
    [{ 'if-match': '"x"' }, 'met'],
    [{ 'if-match': '"y", "x"' }, 'met'],
    [{ 'if-match': '*' }, 'met'],
    [{ 'if-match': '"y"' }, 'failed'],
    [{ 'if-match': 'W/"x"' }, 'failed'],
    [{ 'if-match': '' }, 'failed'],
    [{ 'if-none-match': '"x"' }, 'unchanged'],
    [{ 'if-none-match': 'W/"x"' }, 'unchanged'],
    [{ 'if-none-match': '"y" ,"x"' }, 'unchanged'],
    [{ 'if-none-match': '*' }, 'unchanged'],
    [{ 'if-none-match': '"y"' }, 'met'],
    [{ 'if-modified-since': MODIFIED }, 'unchanged'],
    [{ 'if-modified-since': MODIFIED_RFC_850 }, 'unchanged'],
    [{ 'if-modified-since': AFTER }, 'unchanged'],
    [{ 'if-modified-since': BEFORE }, 'met'],
    [{ 'if-modified-since': 'yesterday' }, 'met'],
    [{ 'if-modified-since': '2030' }, 'met'],
    [{ 'if-unmodified-since': MODIFIED }, 'met'],
    [{ 'if-unmodified-since': AFTER }, 'met'],
    [{ 'if-unmodified-since': BEFORE }, 'failed'],
    [{ 'if-unmodified-since': 'yesterday' }, 'met'],
    // Tags count more than dates.
    [{ 'if-match': '"x"', 'if-unmodified-since': BEFORE }, 'met'],
    [{ 'if-none-match': '"y"', 'if-modified-since': AFTER }, 'met'],
    [{ 'if-match': '"y"', 'if-none-match': '"x"' }, 'failed'],
    [{ 'if-match': '"x"', 'if-none-match': '"x"' }, 'unchanged'],
  ];
  for (const [headers, expected] of cases)
    it(`${JSON.stringify(headers)} is ${expected}`, () =>
      assert.equal(judgePreconditions(headers, { etag: '"x"', lastModified: MODIFIED }), expected));

  it('no date is a condition where none is told', () => {
    for (const name of ['if-modified-since', 'if-unmodified-since'])
      assert.equal(judgePreconditions({ [name]: BEFORE }, { etag: '"x"', lastModified: null }), 'met');
  });
});
