import assert from 'node:assert/strict';
import { agreeOnFile } from '../../../../../src/engine/protocols/seed/agreeOnFile.ts';
import { mergeFiles } from '../../../../../src/engine/protocols/seed/mergeFiles.ts';

const claim = (seed: string, sizeBytes: number, sha256: string | null = null) => ({ seed, sizeBytes, sha256 });

describe('agreeOnFile', () => {
  const cases: [what: string, claims: ReturnType<typeof claim>[], agreed: string][] = [
    ['nobody has it', [], ''],
    ['one has it', [claim('a', 5)], 'a'],
    ['all say the same', [claim('a', 5), claim('b', 5)], 'ab'],
    ['most decide on the size', [claim('a', 6), claim('b', 5), claim('c', 5)], 'bc'],
    ['the first decides when nobody is in the majority', [claim('a', 6), claim('b', 5)], 'a'],
    ['most decide on the digest', [claim('a', 5, 'x'), claim('b', 5, 'y'), claim('c', 5, 'y')], 'bc'],
    [
      'no digest goes with the most told one',
      [claim('a', 5), claim('b', 5, 'y'), claim('c', 5, 'x'), claim('d', 5, 'y')],
      'abd',
    ],
    ['a digest is no reason to be left out', [claim('a', 5), claim('b', 5, 'y')], 'ab'],
  ];
  for (const [what, claims, agreed] of cases)
    it(what, () =>
      assert.equal(
        agreeOnFile(claims)
          .map(({ seed }) => seed)
          .join(''),
        agreed,
      ),
    );

  it('whoever has the file that was begun is preferred, however few they are', () => {
    const claims = [claim('a', 6), claim('b', 6), claim('c', 5, 'x'), claim('d', 5, 'y'), claim('e', 5, 'y')];
    const agreed = (begunBytes: number | null) =>
      agreeOnFile(claims, begunBytes)
        .map(({ seed }) => seed)
        .join('');
    assert.deepEqual([agreed(5), agreed(6), agreed(7), agreed(null)], ['de', 'ab', 'ab', 'ab']);
  });
});

describe('mergeFiles', () => {
  it('lists each file once, with those who have it, and another file of the same name apart', () => {
    const file = (name: string, sizeBytes: number, sha256: string | null = null) => ({ name, sizeBytes, sha256 });
    const merged = mergeFiles([
      { seed: '1', files: [file('b', 5), file('a', 1)] },
      { seed: '2', files: [file('b', 5, 'x'), file('a', 2)] },
      { seed: '3', files: [file('b', 5, 'y')] },
    ]);
    assert.deepEqual(merged, [
      { ...file('a', 1), seeds: ['1'] },
      { ...file('a', 2), seeds: ['2'] },
      { ...file('b', 5, 'x'), seeds: ['2', '1'] },
      { ...file('b', 5, 'y'), seeds: ['3'] },
    ]);
  });
});
