import assert from 'node:assert/strict';
import {
  formatFiles,
  formatPieces,
  isPieceLength,
  parseFiles,
  parsePieces,
  pieceCount,
  usualPieceLength,
} from '../../../../../src/engine/protocols/seed/filesDocument.ts';

const HEX = 'ab'.repeat(32);

describe('the list of files', () => {
  it('is read as it was written', () => {
    const files = [
      { name: 'a b|c', sizeBytes: 0, sha256: null },
      { name: 'ž', sizeBytes: 2 ** 40, sha256: HEX },
    ];
    const text = formatFiles(files.map((file) => ({ ...file, mtimeMs: 0 })));
    assert.deepEqual(parseFiles(text), files);
    assert.deepEqual(Object.keys(JSON.parse(text)[0]), ['name', 'size', 'sha256', 'mtime']);
  });

  it('has a date for each file, also for times that no calendar has', () => {
    const times = [0, 1e18, -1e18, Number.MAX_VALUE];
    const text = formatFiles(times.map((mtimeMs) => ({ name: 'a', sizeBytes: 1, sha256: null, mtimeMs })));
    const years = (JSON.parse(text) as { mtime: string }[]).map(({ mtime }) => new Date(mtime).getUTCFullYear());
    assert.deepEqual(years, [1970, 9999, 0, 9999]);
  });

  for (const text of [
    '',
    '{}',
    'null',
    '<html>',
    '[1]',
    '[{"name":"a"}]',
    '[{"name":"a","size":-1}]',
    '[{"name":"a","size":1.5}]',
    '[{"name":"a","size":1e300}]',
    '[{"name":"a","size":"1"}]',
    '[{"name":1,"size":1}]',
    '[{"name":"a","size":1,"sha256":"xyz"}]',
  ])
    it(`${text} is none`, () => assert.equal(parseFiles(text), null));

  it('may lack what a seed does not know', () => {
    assert.deepEqual(parseFiles('[{"name":"a","size":1}]'), [{ name: 'a', sizeBytes: 1, sha256: null }]);
  });
});

describe('the hashes of pieces', () => {
  it('are read as they were written, when they are what was asked for', () => {
    const text = formatPieces(10, [HEX, HEX]);
    assert.deepEqual(parsePieces(text, { lengthBytes: 10, sizeBytes: 11 }), [HEX, HEX]);
    assert.equal(parsePieces(text, { lengthBytes: 10, sizeBytes: 21 }), null);
    assert.equal(parsePieces(text, { lengthBytes: 11, sizeBytes: 22 }), null);
    assert.equal(parsePieces('[]', { lengthBytes: 10, sizeBytes: 11 }), null);
  });

  it('are about a thousand at most, whatever the size', () => {
    for (const sizeBytes of [0, 1, 2 ** 18, 2 ** 28, 2 ** 28 + 1, 35e9, 2 ** 50]) {
      const lengthBytes = usualPieceLength(sizeBytes);
      assert.ok(pieceCount({ lengthBytes, sizeBytes }) <= 1024);
      assert.ok(isPieceLength(lengthBytes, sizeBytes));
    }
    for (const lengthBytes of [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
      assert.equal(isPieceLength(lengthBytes, 100), false);
    assert.equal(isPieceLength(1, 100_000), false);
  });
});
