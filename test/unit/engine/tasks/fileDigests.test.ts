import assert from 'node:assert/strict';
import type { Checksum } from '../../../../src/contract/checksum.ts';
import type { PieceHashes, Source } from '../../../../src/engine/sources/source.ts';
import { FileDigests } from '../../../../src/engine/tasks/fileDigests.ts';
import type { DescribedSource } from '../../../../src/engine/transfer/sourceSupply.ts';
import { description } from '../transfer/answeringSource.ts';
import { ScriptedSource } from '../transfer/scriptedSource.ts';

const sha256 = (hex: string): Checksum => ({ algorithm: 'sha256', hex });
const sha1 = (hex: string): Checksum => ({ algorithm: 'sha1', hex });
const piecesOf = (hash: string): PieceHashes => ({ algorithm: 'sha256', lengthBytes: 10, hashes: [hash] });

function telling(checksums: readonly Checksum[], pieces: PieceHashes | null = null): DescribedSource {
  const source: Source = new ScriptedSource(0, () => {}, { host: 'h' });
  return { source, described: description({ checksums, pieces }) };
}

describe('FileDigests', () => {
  it('knows nothing when nobody tells anything', () => {
    const digests = new FileDigests({ checksum: null, pieces: null });
    digests.adopt(telling([]));
    assert.deepEqual([digests.checksum, digests.pieces], [null, null]);
    assert.equal(digests.contradict([sha256('a')]), false);
  });

  it('takes what the first one tells who tells something, and keeps to that', () => {
    const digests = new FileDigests({ checksum: null, pieces: null });
    digests.adopt(telling([]));
    digests.adopt(telling([sha256('a'), sha1('b')]));
    digests.adopt(telling([sha256('c')]));
    assert.deepEqual(digests.checksum, sha256('a'));
    assert.equal(digests.contradict([sha256('a')]), false);
    assert.equal(digests.contradict([sha1('x')]), true);
  });

  it('believes what was given more than any source', () => {
    const digests = new FileDigests({ checksum: sha256('a'), pieces: null });
    digests.adopt(telling([sha256('b')], piecesOf('b')));
    assert.deepEqual([digests.checksum, digests.pieces], [sha256('a'), null]);
    const honest = telling([sha256('a')], piecesOf('a'));
    digests.adopt(honest);
    assert.deepEqual(digests.pieces, { pieces: piecesOf('a'), teller: honest.source });
  });

  it('turns to the pieces of the next one when the first has lied, for good', () => {
    const digests = new FileDigests({ checksum: null, pieces: null });
    const [first, second] = [telling([sha256('a')], piecesOf('x')), telling([sha256('a')], piecesOf('y'))];
    digests.adopt(first);
    digests.adopt(second);
    digests.distrust(first.source);
    digests.adopt(first);
    assert.equal(digests.pieces?.teller, second.source);
    digests.distrust(second.source);
    assert.equal(digests.pieces, null);
  });

  it('takes the pieces of a Metalink for as good as its checksum', () => {
    const digests = new FileDigests({ checksum: null, pieces: piecesOf('m') });
    digests.adopt(telling([sha256('a')], piecesOf('a')));
    assert.deepEqual(digests.pieces, { pieces: piecesOf('m'), teller: null });
  });

  it('keeps only what was given when another file leads', () => {
    const digests = new FileDigests({ checksum: sha1('g'), pieces: null });
    digests.adopt(telling([sha256('a')]));
    const next = digests.ledBy(telling([sha256('b')]));
    assert.deepEqual(next.checksum, sha1('g'));
    assert.equal(next.contradict([sha256('a')]), true);
    assert.equal(next.contradict([sha256('b')]), false);
  });
});
