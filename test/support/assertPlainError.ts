import assert from 'node:assert/strict';
import type { ErrorCode, ErrorInfo } from '../../src/contract/errors.ts';
import { describeError, isErrorInfo } from '../../src/contract/errors.ts';

/**
 * The error has this code, and its sentence is one that a person can read: complete, one line, and naming `mentions`.
 */
export function assertPlainError(error: ErrorInfo | null, code: ErrorCode, ...mentions: readonly string[]): void {
  assert.ok(error !== null && isErrorInfo(error), 'a coded error');
  assert.equal(error.code, code, describeError(error));
  const message = describeError(error);
  assert.doesNotMatch(message, /[{}\n]|undefined|null|\[object|^Error/, 'a sentence without gaps');
  assert.match(message, /^["\p{Lu}\p{L}/\d].*[.?]$/u);
  for (const mention of mentions) assert.ok(message.includes(mention), `"${message}" should mention "${mention}"`);
}

/** What a refused request was refused with. */
export async function refusal(request: Promise<unknown>): Promise<ErrorInfo> {
  try {
    await request;
  } catch (error) {
    if (isErrorInfo(error)) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: 'the request should have been refused' });
}
