import assert from 'node:assert/strict';
import {
  ifRange,
  provesSameVersion,
  sameVersion,
  strongEtag,
  type Validators,
} from '../../../../../src/engine/protocols/http/validators.ts';

const MODIFIED = 'Wed, 21 Oct 2015 07:28:00 GMT';
const JUST_AFTER = 'Wed, 21 Oct 2015 07:28:01 GMT';

const NO_VALIDATORS: Validators = { etag: null, lastModified: null };

function version(etag: string | null, lastModified: string | null = null): Validators {
  return { etag, lastModified };
}

describe('strongEtag', () => {
  const tags: [etag: string | null, strong: string | null][] = [
    [null, null],
    ['"abc"', '"abc"'],
    ['""', '""'],
    ['W/"abc"', null],
    ['w/"abc"', null],
    ['abc', null],
    ['"abc', null],
    ['"a"b"', null],
    ['"a", "b"', null],
  ];
  for (const [etag, strong] of tags) {
    it(`of ${etag} is ${strong}`, () => assert.equal(strongEtag(version(etag)), strong));
  }
});

describe('ifRange', () => {
  const conditions: [what: string, validators: Validators, date: string | null, condition: string | null][] = [
    ['a strong tag', version('"a"', MODIFIED), null, '"a"'],
    ['no weak tag, and no date beside it', version('W/"a"', MODIFIED), JUST_AFTER, null],
    ['a date that is a second old', version(null, MODIFIED), JUST_AFTER, MODIFIED],
    ['no date of the same second', version(null, MODIFIED), MODIFIED, null],
    ['no date of the future', version(null, JUST_AFTER), MODIFIED, null],
    ['no date without the date of the answer', version(null, MODIFIED), null, null],
    ['no date that is none', version(null, 'yesterday'), JUST_AFTER, null],
    ['no date beside an answer without a right one', version(null, MODIFIED), 'now', null],
    ['nothing without validators', NO_VALIDATORS, JUST_AFTER, null],
  ];
  for (const [what, validators, date, condition] of conditions) {
    it(`sends ${what}`, () => assert.equal(ifRange(validators, date), condition));
  }
});

describe('sameVersion', () => {
  const pairs: [a: Validators, b: Validators, same: boolean][] = [
    [version('"a"'), version('"a"'), true],
    [version('"a"'), version('"b"'), false],
    [version('W/"a"'), version('"a"'), true],
    [version('W/"a"'), version('W/"b"'), false],
    // Tags decide where both are there, whatever the dates.
    [version('"a"', MODIFIED), version('"a"', JUST_AFTER), true],
    [version('"a"', MODIFIED), version('"b"', MODIFIED), false],
    [version(null, MODIFIED), version(null, MODIFIED), true],
    [version(null, MODIFIED), version(null, JUST_AFTER), false],
    [version('"a"', MODIFIED), version(null, MODIFIED), true],
    [version('"a"', MODIFIED), version(null, JUST_AFTER), false],
    // Nothing to compare proves nothing.
    [version('"a"'), version(null, MODIFIED), true],
    [NO_VALIDATORS, version('"a"', MODIFIED), true],
    [NO_VALIDATORS, NO_VALIDATORS, true],
  ];
  for (const [a, b, same] of pairs) {
    it(`of ${JSON.stringify(a)} and ${JSON.stringify(b)} is ${same}, both ways round`, () => {
      assert.equal(sameVersion(a, b), same);
      assert.equal(sameVersion(b, a), same);
    });
  }
});

describe('provesSameVersion', () => {
  const pairs: [a: Validators, b: Validators, proves: boolean][] = [
    [version('"a"'), version('"a"'), true],
    [version('"a"'), version('"b"'), false],
    [version(null, MODIFIED), version(null, MODIFIED), true],
    [version(null, MODIFIED), version(null, JUST_AFTER), false],
    [version('"a"', MODIFIED), version(null, MODIFIED), true],
    // Nothing to compare proves nothing.
    [NO_VALIDATORS, NO_VALIDATORS, false],
    [NO_VALIDATORS, version('"a"', MODIFIED), false],
    [version('"a"'), version(null, MODIFIED), false],
    // A weak tag promises equal meaning, not equal bytes (RFC 9110 §8.8.1).
    [version('W/"a"'), version('W/"a"'), false],
    [version('W/"a"'), version('"a"'), false],
  ];
  for (const [a, b, proves] of pairs) {
    it(`of ${JSON.stringify(a)} and ${JSON.stringify(b)} is ${proves}, both ways round`, () => {
      assert.equal(provesSameVersion(a, b), proves);
      assert.equal(provesSameVersion(b, a), proves);
    });
  }
});
