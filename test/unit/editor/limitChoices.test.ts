import assert from 'node:assert/strict';
import { limitChoices } from '../../../src/editor/limitChoices.ts';
import { english } from './sampleTask.ts';

describe('limitChoices', () => {
  const labels = (typed: string, current: number | null) =>
    limitChoices(typed, current, english).map(({ label, current: isCurrent }) => (isCurrent ? `${label} now` : label));

  it('offers no limit and some speeds, and marks the one that holds', () => {
    assert.deepEqual(labels('', 0), [
      'No limit now',
      ...['500 kB/s', '1.0 MB/s', '2.0 MB/s', '5.0 MB/s', '10.0 MB/s', '20.0 MB/s', '50.0 MB/s'],
    ]);
  });

  it('puts in a limit that is none of them, at its place', () => {
    assert.deepEqual(labels('', 3e6).slice(2, 6), ['1.0 MB/s', '2.0 MB/s', '3.0 MB/s now', '5.0 MB/s']);
  });

  it('puts what is typed first, once', () => {
    assert.deepEqual(labels('1.5M', null).slice(0, 2), ['1.5 MB/s', 'No limit']);
    const [first, ...others] = limitChoices('2m', 0, english);
    assert.deepEqual([first?.bytesPerSecond, first?.typed], [2_000_000, true]);
    assert.ok(others.every(({ bytesPerSecond, typed }) => bytesPerSecond !== 2_000_000 && !typed));
  });

  it('is not moved by what is no speed', () => assert.deepEqual(labels('fast', 0), labels('', 0)));
});
