import assert from 'node:assert/strict';
import { parseTaskRecord, type TaskRecord } from '../../../../src/engine/tasks/taskRecord.ts';
import { sampleRecord } from './sampleRecord.ts';

describe('parseTaskRecord', () => {
  const statuses: TaskRecord['status'][] = [
    { state: 'queued' },
    { state: 'paused', reason: null },
    { state: 'paused', reason: { code: 'disk-full', args: { path: '/x' } } },
    { state: 'failed', error: { code: 'server-busy', args: { host: 'h', status: 503 } } },
    { state: 'completed', verification: 'verified', sha256: 'ab', finishedAt: 5 },
    { state: 'completed', verification: 'size-only', sha256: null, finishedAt: 5 },
  ];
  for (const status of statuses) {
    it(`reads ${JSON.stringify(status)}`, () => {
      const record = sampleRecord({ status });
      assert.deepEqual(parseTaskRecord(JSON.parse(JSON.stringify(record))), record);
    });
  }

  const wrong: [what: string, value: unknown][] = [
    ['nothing', undefined],
    ['null', null],
    ['text', 'record'],
    ['a list', []],
    ['an empty object', {}],
    ['another version', { ...sampleRecord(), version: 2 }],
    ['an id of seven', { ...sampleRecord(), id: 'abcdefg' }],
    ['an id of nine', { ...sampleRecord(), id: 'abcdefghi' }],
    ['an id that is a path', { ...sampleRecord(), id: '../../ab' }],
    ['no folder', { ...sampleRecord(), folder: undefined }],
    ['a size as text', { ...sampleRecord(), sizeBytes: '5' }],
    ['a state that does not last', { ...sampleRecord(), status: { state: 'active' } }],
    ['a state nobody knows', { ...sampleRecord(), status: { state: 'sleeping' } }],
    ['a failure without its error', { ...sampleRecord(), status: { state: 'failed' } }],
    ['an error nobody knows', { ...sampleRecord(), status: { state: 'failed', error: { code: 'no-such', args: {} } } }],
    [
      'an error named like a property of every object',
      { ...sampleRecord(), status: { state: 'failed', error: { code: 'toString', args: {} } } },
    ],
    [
      'an error with odd values',
      { ...sampleRecord(), status: { state: 'failed', error: { code: 'internal', args: { a: [] } } } },
    ],
  ];
  for (const [what, value] of wrong) {
    it(`is nothing for ${what}`, () => assert.equal(parseTaskRecord(value), null));
  }
});
