import assert from 'node:assert/strict';
import { failureJson, progressJson, taskJson } from '../../../src/cli/jsonLines.ts';
import { active, sampleTask } from './sampleTask.ts';

const COMMON = {
  type: 'task',
  id: 'abcd1234',
  name: 'big.iso',
  path: '/data/big.iso',
  address: 'https://example.org/big.iso',
  size: 200_000_000,
  received: 84_000_000,
  resumable: true,
  checksum: null,
  limit: null,
  sources: [{ address: 'https://example.org/big.iso' }],
};
const error = { code: 'not-found', args: { host: 'example.org', status: 404 } } as const;
const errorText = 'The file is not on example.org (HTTP 404); check the link.';

describe('taskJson', () => {
  it('an active file', () => assert.deepEqual(taskJson(sampleTask()), { ...COMMON, state: 'active' }));

  it('a completed file says how sure it is', () => {
    const status = { state: 'completed', verification: 'verified', sha256: null, finishedAt: 1 } as const;
    assert.deepEqual(taskJson(sampleTask({ status })), { ...COMMON, state: 'completed', verification: 'verified' });
  });

  it('says which source is not used and why, and the limit', () => {
    const sources = [
      { kind: 'http', address: 'https://a.org/x', receivedBytes: 0, error: null },
      { kind: 'http', address: 'https://b.org/x', receivedBytes: 0, error },
    ] as const;
    const json = taskJson(sampleTask({ sources, limitBytesPerSecond: 5000 }));
    assert.deepEqual(json.sources, [
      { address: 'https://a.org/x' },
      { address: 'https://b.org/x', error: { code: 'not-found', message: errorText } },
    ]);
    assert.equal(json.limit, 5000);
  });

  it('a failed file carries code and message', () => {
    assert.deepEqual(taskJson(sampleTask({ status: { state: 'failed', error } })), {
      ...COMMON,
      state: 'failed',
      error: { code: 'not-found', message: errorText },
    });
  });

  it('a file paused by the user has no error, one paused for a reason has', () => {
    assert.deepEqual(taskJson(sampleTask({ status: { state: 'paused', reason: null } })), {
      ...COMMON,
      state: 'paused',
    });
    assert.equal(taskJson(sampleTask({ status: { state: 'paused', reason: error } })).error?.code, 'not-found');
  });
});

describe('progressJson', () => {
  it('has whole numbers', () => {
    const status = active({ bytesPerSecond: 11.6, secondsLeft: 10.2 });
    assert.deepEqual(progressJson(sampleTask({ status })), {
      type: 'progress',
      id: 'abcd1234',
      state: 'active',
      phase: 'downloading',
      received: 84_000_000,
      size: 200_000_000,
      bytesPerSecond: 12,
      secondsLeft: 11,
      lanes: 8,
    });
  });

  it('is nothing for a file that does not run', () => {
    assert.equal(progressJson(sampleTask({ status: { state: 'queued' } })), null);
  });
});

describe('failureJson', () => {
  it('has a state like every last line', () => {
    assert.deepEqual(failureJson(error), {
      type: 'error',
      state: 'failed',
      error: { code: 'not-found', message: errorText },
    });
    assert.equal(failureJson(error, 'https://h/a').address, 'https://h/a');
  });
});
