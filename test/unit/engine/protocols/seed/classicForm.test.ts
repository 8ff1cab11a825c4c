import assert from 'node:assert/strict';
import {
  formatError,
  formatList,
  formatSize,
  judgePiece,
  judgeShifted,
  PIECE_BYTES,
  parseList,
  parseSize,
} from '../../../../../src/engine/protocols/seed/classicReply.ts';
import {
  type ClassicRequest,
  ClassicRequestReader,
  formatRequest,
  MAX_REQUEST_BYTES,
} from '../../../../../src/engine/protocols/seed/classicRequest.ts';
import { forSeeds, type SeededRandom } from '../../seededRandom.ts';

type Asked = Exclude<ClassicRequest, { kind: 'wrong' }>;

/** What a server makes of bytes that come in any parts, ended in one of the ways that the protocol knows. */
function read(bytes: Buffer, random: SeededRandom): ClassicRequest {
  const reader = new ClassicRequestReader();
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + random.between(1, random.chance(0.5) ? 3 : 5000));
    const request = reader.push(bytes.subarray(at, end));
    if (request !== null) return request;
    at = end;
  }
  return reader.finish();
}

function randomName(random: SeededRandom): string {
  const alphabet = [...'ab |./\\?*%0189-_:"', 'ž', '漢', '🙂', '\u00a0', 'SIZE:', 'ERROR:', 'LIST', 'DOWNLOAD '];
  return Array.from({ length: random.between(1, 30) }, () => random.pick(alphabet)).join('');
}

function randomRequest(random: SeededRandom): Asked {
  if (random.chance(0.2)) return { kind: 'list' };
  const name = randomName(random);
  if (random.chance(0.3)) return { kind: 'size', name };
  return {
    kind: 'piece',
    name,
    offset: random.pick([0, 1, 31, 32, random.between(0, 2 ** 31), Number.MAX_SAFE_INTEGER]),
  };
}

/** A seed of one file, as the text of the protocol has it. */
function reply(request: ClassicRequest, file: { name: string; bytes: Buffer }): Buffer {
  if (request.kind === 'list') return Buffer.from(formatList([file.name]));
  if (request.kind === 'wrong' || request.name !== file.name) return Buffer.from(formatError('no'));
  if (request.kind === 'size') return Buffer.from(formatSize(file.bytes.length));
  return file.bytes.subarray(request.offset, request.offset + PIECE_BYTES);
}

describe('the classic form, both ends joined in memory', () => {
  it('a request is understood however its bytes are cut, and however it ends', () =>
    forSeeds(2000, (random) => {
      const request = randomRequest(random);
      const ending = random.pick(['', '\r', '\n', '\r\n', '\nwhatever follows\n']);
      assert.deepEqual(read(Buffer.from(formatRequest(request) + ending), random), request);
    }));

  it('random bytes make a request or an error, never an exception', () =>
    forSeeds(2000, (random) => {
      const bytes = Buffer.from(Array.from({ length: random.between(0, 200) }, () => random.between(0, 255)));
      const start = random.pick(['', 'LIST', 'FILESIZE ', 'DOWNLOAD ', 'DOWNLOAD a|']);
      const request = read(Buffer.concat([Buffer.from(start), bytes]), random);
      assert.ok(['list', 'size', 'piece', 'wrong'].includes(request.kind));
    }));

  it('an offset beyond all numbers is past the end of any file', () => {
    for (const offset of ['9007199254740993', '99999999999999999999', '9'.repeat(400)]) {
      const request = new ClassicRequestReader().push(Buffer.from(`DOWNLOAD f|${offset}\n`));
      assert.deepEqual(request, { kind: 'piece', name: 'f', offset: Number.MAX_SAFE_INTEGER });
    }
  });

  it('a request that is too long is refused at once, without being kept', () => {
    const reader = new ClassicRequestReader();
    const half = Buffer.alloc(MAX_REQUEST_BYTES / 2, 'a');
    assert.equal(reader.push(half), null);
    assert.equal(reader.push(half), null);
    assert.equal(reader.push(Buffer.from('a'))?.kind, 'wrong');
    const exact = `FILESIZE ${'a'.repeat(MAX_REQUEST_BYTES - 'FILESIZE '.length)}`;
    const bare = new ClassicRequestReader();
    assert.equal(bare.push(Buffer.from(exact)), null);
    assert.equal(bare.finish().kind, 'size');
    assert.equal(new ClassicRequestReader().push(Buffer.from(`${exact}\n`))?.kind, 'size');
    assert.equal(new ClassicRequestReader().push(Buffer.from(`${exact}a\n`))?.kind, 'wrong');
  });

  it('any file crosses byte for byte, also one that is full of error texts', () =>
    forSeeds(200, (random) => {
      const parts = ['ERROR:', 'RROR:', 'E', 'SIZE:1', '\n', '\0', 'ERROR: no', 'x'.repeat(random.between(0, 40))];
      const text = Array.from({ length: random.between(0, 40) }, () => random.pick(parts)).join('');
      const file = { name: randomName(random), bytes: Buffer.from(text) };
      const ask = (request: Asked): Buffer => reply(read(Buffer.from(formatRequest(request)), random), file);
      assert.deepEqual(parseList(ask({ kind: 'list' })), { kind: 'good', value: [file.name] });
      const size = parseSize(ask({ kind: 'size', name: file.name }));
      assert.deepEqual(size, { kind: 'good', value: file.bytes.length });
      const got: Uint8Array[] = [];
      for (let offset = 0; offset < file.bytes.length; offset += PIECE_BYTES) {
        const length = Math.min(PIECE_BYTES, file.bytes.length - offset);
        const piece = ask({ kind: 'piece', name: file.name, offset });
        let judged = judgePiece(piece, length);
        if (judged.kind === 'ambiguous')
          judged = judgeShifted(piece, ask({ kind: 'piece', name: file.name, offset: offset + 1 }));
        assert.equal(judged.kind, 'good', JSON.stringify(text));
        if (judged.kind === 'good') got.push(judged.value);
      }
      assert.deepEqual(Buffer.concat(got), file.bytes);
    }));
});
