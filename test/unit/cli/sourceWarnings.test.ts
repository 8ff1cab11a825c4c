import assert from 'node:assert/strict';
import { SourceWarnings } from '../../../src/cli/sourceWarnings.ts';
import type { ErrorInfo } from '../../../src/contract/errors.ts';
import type { SourceSnapshot } from '../../../src/contract/task.ts';
import { active, sampleTask } from './sampleTask.ts';

const refused: ErrorInfo = { code: 'connection-refused', args: { host: 'b.org' } };
const missing: ErrorInfo = { code: 'not-found', args: { host: 'b.org', status: 404 } };
const first: SourceSnapshot = { kind: 'http', address: 'https://a.org/x', receivedBytes: 0, error: null };
const second = (error: ErrorInfo | null): SourceSnapshot => ({
  kind: 'http',
  address: 'https://b.org/x',
  receivedBytes: 0,
  error,
});

describe('SourceWarnings', () => {
  let warnings: SourceWarnings;
  beforeEach(() => {
    warnings = new SourceWarnings();
  });

  it('tells each trouble of each source once, whatever came between', () => {
    const take = (error: ErrorInfo | null) => warnings.take(sampleTask({ sources: [first, second(error)] }));
    assert.deepEqual(take(refused), [
      'https://b.org/x is not used: b.org refused the connection; check that the server is running.',
    ]);
    assert.deepEqual([take(refused), take(null), take(refused)], [[], [], []]);
    assert.equal(take(missing).length, 1);
  });

  it('is silent about the one source of a file', () => {
    assert.deepEqual(warnings.take(sampleTask({ sources: [second(refused)] })), []);
  });

  it('waits while nothing has been found to work', () => {
    const sources = [first, second(refused)];
    assert.deepEqual(warnings.take(sampleTask({ sources, status: active({ phase: 'connecting' }) })), []);
    assert.equal(warnings.take(sampleTask({ sources })).length, 1);
  });

  it('leaves out what is told as the end of the file', () => {
    const own = {
      kind: 'http',
      address: 'https://a.org/x',
      receivedBytes: 0,
      error: { ...missing, args: { host: 'a.org' } },
    } as const;
    const status = { state: 'failed', error: own.error } as const;
    assert.deepEqual(warnings.take(sampleTask({ sources: [own, second(refused)], status })), [
      'https://b.org/x is not used: b.org refused the connection; check that the server is running.',
    ]);
  });
});
