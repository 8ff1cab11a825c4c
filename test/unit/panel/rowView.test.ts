import assert from 'node:assert/strict';
import type { TaskSnapshot } from '../../../src/contract/task.ts';
import { type RowView, rowView } from '../../../src/panel/rowView.ts';
import { activeStatus } from '../editor/sampleTask.ts';
import { sampleRow, strings } from './sampleRow.ts';

describe('rowView', () => {
  const cases: readonly [string, Partial<TaskSnapshot>, Partial<RowView>][] = [
    [
      'a running download',
      { status: activeStatus() },
      {
        percentText: '42 %',
        bar: 42,
        details: '84.0 MB of 200 MB · 11.3 MB/s · 2 min left · 8 connections',
        problem: null,
        actions: ['copyLink', 'pause', 'cancel'],
      },
    ],
    [
      'a running download of unknown size',
      { sizeBytes: null, status: activeStatus({ secondsLeft: null, lanes: 1 }) },
      { percentText: null, bar: 'unknown', details: '84.0 MB · 11.3 MB/s · 1 connection' },
    ],
    ['the checking', { status: activeStatus({ phase: 'verifying' }) }, { details: 'Verifying… · 84.0 MB of 200 MB' }],
    [
      'a server that keeps us waiting',
      { status: activeStatus({ waiting: { code: 'server-busy', args: { host: 'h', status: 503 } } }) },
      {
        problem: 'h is busy (HTTP 503).',
        severity: 'warning',
        bar: 42,
        details: 'Waiting to try again · 84.0 MB of 200 MB',
      },
    ],
    [
      'the queue',
      { receivedBytes: 0 },
      {
        percentText: '0 %',
        bar: 0,
        details: 'Queued · 0 B of 200 MB',
        actions: ['moveUp', 'moveDown', 'copyLink', 'pause', 'cancel'],
      },
    ],
    [
      'the queue without a size',
      { receivedBytes: 0, sizeBytes: null },
      { percentText: null, bar: null, details: 'Queued' },
    ],
    [
      'a pause that needs somebody',
      { status: { state: 'paused', reason: { code: 'disk-full', args: { path: '/w' } } } },
      { severity: 'warning', problem: 'The disk that holds /w is full; free some space and resume.' },
    ],
    [
      'a link that has expired, with what to do',
      { status: { state: 'paused', reason: { code: 'link-expired', args: { host: 'h', status: 403 } } } },
      { severity: 'warning', remedy: 'replaceLink', actions: ['copyLink', 'resume', 'cancel'] },
    ],
    [
      'a limit',
      { limitBytesPerSecond: 2_000_000, status: { state: 'paused', reason: null } },
      { details: 'Paused · 84.0 MB of 200 MB · limited to 2.0 MB/s', remedy: null },
    ],
    [
      'a failure',
      { status: { state: 'failed', error: { code: 'not-found', args: { host: 'h', status: 404 } } } },
      {
        severity: 'error',
        problem: 'The file is not on h (HTTP 404); check the link.',
        actions: ['copyLink', 'retry', 'remove'],
      },
    ],
    [
      'a failure that is tried again by itself',
      { status: { state: 'failed', error: { code: 'connection-lost', args: { host: 'h' } }, retryAt: 1 } },
      {
        severity: 'warning',
        problem: 'The connection to h was lost. It is tried again by itself.',
        actions: ['copyLink', 'retry', 'pause', 'remove'],
      },
    ],
    [
      'a verified file',
      {
        receivedBytes: 200_000_000,
        status: { state: 'completed', verification: 'verified', sha256: null, finishedAt: 1 },
      },
      { percentText: null, bar: null, details: '200 MB · checksum matches' },
    ],
    [
      'an empty file',
      {
        sizeBytes: 0,
        receivedBytes: 0,
        status: { state: 'completed', verification: 'size-only', sha256: null, finishedAt: 1 },
      },
      { bar: null, details: '0 B' },
    ],
  ];
  for (const [name, over, expected] of cases) {
    it(`shows ${name}`, () => {
      const view = rowView(sampleRow(over), strings);
      assert.deepEqual({ ...view, ...expected }, view);
    });
  }
});
