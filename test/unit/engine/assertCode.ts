import assert from 'node:assert/strict';
import { type ErrorCode, TributaryError } from '../../../src/contract/errors.ts';

/** What was thrown is ours and has that code. */
export function assertCode(error: unknown, code: ErrorCode): asserts error is TributaryError {
  assert.ok(error instanceof TributaryError, `should be a coded error, is ${String(error)}`);
  assert.equal(error.code, code, error.message);
}

/** The coded error that the call throws. */
export function thrown(call: () => unknown): TributaryError {
  try {
    call();
  } catch (error) {
    if (error instanceof TributaryError) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: 'it should have thrown' });
}

/** What the promise rejects with, whatever that is. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new assert.AssertionError({ message: 'it should have been rejected' });
}
