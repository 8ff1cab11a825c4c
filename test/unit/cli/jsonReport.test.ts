import assert from 'node:assert/strict';
import { JsonReport } from '../../../src/cli/jsonReport.ts';
import { active, sampleTask } from './sampleTask.ts';

describe('JsonReport', () => {
  let stdout: Record<string, unknown>[];
  let stderr: string[];
  let report: JsonReport;

  beforeEach(() => {
    stdout = [];
    stderr = [];
    report = new JsonReport(
      (line) => stdout.push(JSON.parse(line) as Record<string, unknown>),
      (line) => stderr.push(line),
    );
  });

  const states = () => stdout.map(({ type, state }) => `${type} ${state}`);
  const completed = sampleTask({
    receivedBytes: 200_000_000,
    status: { state: 'completed', verification: 'verified', sha256: null, finishedAt: 0 },
  });
  const error = { code: 'disk-full', args: { path: '/data' } } as const;

  it('tells each state once, and progress every time', () => {
    report.changed([sampleTask({ status: { state: 'queued' } })]);
    report.changed([sampleTask()]);
    report.changed([sampleTask({ status: active({ bytesPerSecond: 5 }) })]);
    report.changed([sampleTask({ status: { state: 'paused', reason: null } })]);
    report.changed([sampleTask()]);
    assert.deepEqual(states(), [
      'task queued',
      'task active',
      'progress active',
      'progress active',
      'task paused',
      'task active',
      'progress active',
    ]);
  });

  it('tells how a file ended once, as its last line', () => {
    report.changed([sampleTask()]);
    report.changed([completed]);
    report.ended({ kind: 'completed', task: completed, fetchedBytes: 1, seconds: 1 });
    assert.deepEqual(states(), ['task active', 'progress active', 'task completed']);
  });

  it('a pause that only the user can end is a failure with its reason', () => {
    const task = sampleTask({ status: { state: 'paused', reason: error } });
    report.changed([task]);
    report.ended({ kind: 'failed', address: 'https://h/a', task, error });
    assert.deepEqual(states(), ['task paused']);
    assert.match(JSON.stringify(stdout[0]?.error), /^\{"code":"disk-full","message":"/);
    assert.match(stderr.join('\n'), /^tributary: https:\/\/h\/a: The disk that holds \/data is full/);
  });

  it('an address that the engine did not take has a line of its own', () => {
    report.ended({ kind: 'failed', address: 'https://h/a', task: null, error });
    assert.deepEqual(states(), ['error failed']);
    assert.equal(stdout[0]?.address, 'https://h/a');
  });

  it('says how to go on only where the server lets it', () => {
    const lost = { code: 'connection-lost', args: { host: 'h' } } as const;
    for (const resumable of [true, false]) {
      const task = sampleTask({ resumable, status: { state: 'failed', error: lost } });
      report.ended({ kind: 'failed', address: 'https://h/a', task, error: lost });
    }
    assert.match(stderr[0] ?? '', /Run the same command again to resume\.$/);
    assert.match(stderr[1] ?? '', /Try again later\.$/);
  });

  it('after an interruption every unfinished file is paused', () => {
    report.interrupted([sampleTask(), sampleTask({ status: { state: 'queued' } })]);
    assert.deepEqual(states(), ['task paused', 'task paused']);
  });

  it('a cancelled file is removed', () => {
    report.ended({ kind: 'removed', task: sampleTask() });
    assert.deepEqual(states(), ['task removed']);
  });

  it('keeps log lines off stdout, each on one line', () => {
    report.logged({ level: 'warn', message: 'a\nb', taskId: 'abcd1234' });
    assert.deepEqual([stdout, stderr], [[], ['[warn] abcd1234 a b']]);
  });
});
