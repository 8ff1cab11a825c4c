import assert from 'node:assert/strict';
import {
  describeError,
  ERRORS,
  type ErrorCode,
  fillTemplate,
  isErrorInfo,
  TributaryError,
  toTributaryError,
} from '../../../src/contract/errors.ts';

describe('the catalogue of errors', () => {
  for (const [code, { message }] of Object.entries(ERRORS)) {
    it(`${code} is a code and one sentence`, () => {
      assert.match(code, /^[a-z]+(-[a-z]+)*$/);
      if (code === 'bad-option') return;
      assert.match(message, /\.$/);
      assert.doesNotMatch(message, /\n|undefined/);
    });
  }
});

describe('fillTemplate', () => {
  const cases: [template: string, args: Record<string, string | number>, text: string][] = [
    ['{a} and {b}', { a: 'x', b: 5 }, 'x and 5'],
    ['{a}{a}', { a: 'x' }, 'xx'],
    ['{a}', {}, '{a}'],
    ['{a}', { a: '{b}', b: 'no' }, '{b}'],
    ['{a}', { a: '$&' }, '$&'],
    ['{a}', { a: '' }, ''],
    ['{toString} {constructor}', {}, '{toString} {constructor}'],
    ['{ a }', { a: 'x' }, '{ a }'],
  ];
  for (const [template, args, text] of cases) {
    it(`${template} with ${JSON.stringify(args)} is ${text}`, () => assert.equal(fillTemplate(template, args), text));
  }
});

describe('TributaryError', () => {
  it('is an error with code, values, sentence and cause', () => {
    const cause = new Error('why');
    const error = new TributaryError('not-found', { host: 'h', status: 404 }, { cause });
    assert.equal(error.message, describeError(error));
    assert.match(error.message, /h \(HTTP 404\)/);
    assert.equal(error.cause, cause);
    assert.deepEqual(error.toInfo(), { code: 'not-found', args: { host: 'h', status: 404 } });
  });

  it('knows whether trying again may help', () => {
    assert.equal(new TributaryError('connection-lost').transient, true);
    assert.equal(new TributaryError('not-found').transient, false);
  });
});

describe('toTributaryError', () => {
  it('keeps ours and makes everything else internal', () => {
    const ours = new TributaryError('disk-full');
    assert.equal(toTributaryError(ours), ours);
    const cause = new Error('a fault');
    assert.equal(toTributaryError(cause).cause, cause);
    for (const other of [cause, 'text', undefined, null, 5, {}]) {
      const code: ErrorCode = toTributaryError(other).code;
      assert.equal(code, 'internal');
    }
  });
});

describe('isErrorInfo', () => {
  const cases: [value: unknown, is: boolean][] = [
    [{ code: 'disk-full', args: {} }, true],
    [new TributaryError('internal'), true],
    [{ code: 'disk-full' }, false],
    [{ code: 'no-such', args: {} }, false],
    [{ code: 'toString', args: {} }, false],
    [{ code: ['disk-full'], args: {} }, false],
    [{ args: {} }, false],
    [null, false],
    [undefined, false],
    ['disk-full', false],
  ];
  for (const [value, is] of cases) it(`${JSON.stringify(value)}: ${is}`, () => assert.equal(isErrorInfo(value), is));
});
