import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { DigestAlgorithm } from '../../../../src/contract/checksum.ts';
import { PartHasher } from '../../../../src/engine/disk/partHasher.ts';
import { useScope } from '../../../support/scope.ts';
import { skipBecause } from '../../../support/skipBecause.ts';
import { tempFolder } from '../../../support/tempFolder.ts';
import { assertCode, rejection } from '../assertCode.ts';
import { forSeeds } from '../seededRandom.ts';

const MIB = 1024 * 1024;
const signal = new AbortController().signal;

describe('PartHasher', () => {
  const scope = useScope();
  let path: string;

  beforeEach(() => {
    path = join(tempFolder(scope), 'a.part');
  });

  function hasherFor(algorithm: DigestAlgorithm = 'sha256'): PartHasher {
    const hasher = new PartHasher({ path, algorithm });
    scope.defer(() => hasher.close());
    return hasher;
  }

  function contentOf(length: number): Buffer {
    const content = Buffer.alloc(length);
    for (let n = 0; n < length; n += 4) content.writeUInt32LE((n * 2_654_435_761) >>> 0, Math.min(n, length - 4));
    return content;
  }

  function hashOf(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): string {
    return createHash(algorithm).update(bytes).digest('hex');
  }

  function write(bytes: Uint8Array, position: number): void {
    const file = openSync(path, 'r+');
    writeSync(file, bytes, 0, bytes.length, position);
    closeSync(file);
  }

  for (const algorithm of ['sha256', 'sha512', 'sha1', 'md5'] as const) {
    it(`computes ${algorithm} of the whole file, and of a part of it in another one`, async () => {
      const content = contentOf(3 * MIB + 7);
      writeFileSync(path, content);
      const hasher = hasherFor(algorithm);
      const part = hasher.digest({ start: 5, end: 2 * MIB }, 'sha1');
      assert.equal(await hasher.finish(content.length, { signal }), hashOf(content, algorithm));
      assert.equal(await part, hashOf(content.subarray(5, 2 * MIB), 'sha1'));
    });
  }

  it('computes it of an empty file, and of an empty part', async () => {
    writeFileSync(path, '');
    const hasher = hasherFor();
    assert.equal(await hasher.digest({ start: 0, end: 0 }, 'sha256'), hashOf(Buffer.alloc(0)));
    assert.equal(await hasher.finish(0, { signal }), hashOf(Buffer.alloc(0)));
  });

  it('follows a file that is being written, in whatever order, and is asked for parts meanwhile', async () => {
    await forSeeds(3, async (random) => {
      const content = contentOf(random.between(17, 24) * MIB + 3);
      writeFileSync(path, '');
      truncateSync(path, content.length);
      const hasher = hasherFor();
      const digests: Promise<void>[] = [];
      let contiguous = 0;
      while (contiguous < content.length) {
        const end = Math.min(content.length, contiguous + random.between(1, 3 * MIB));
        const middle = random.between(contiguous, end);
        // What lies later comes first.
        write(content.subarray(middle, end), middle);
        write(content.subarray(contiguous, middle), contiguous);
        contiguous = end;
        hasher.advance(contiguous);
        if (random.chance(0.3)) {
          const range = { start: random.between(0, contiguous - 1), end: contiguous };
          const expected = hashOf(content.subarray(range.start, range.end));
          digests.push(hasher.digest(range, 'sha256').then((hex) => assert.equal(hex, expected)));
        }
      }
      assert.equal(await hasher.finish(content.length, { signal }), hashOf(content));
      await Promise.all(digests);
      await hasher.close();
    });
  });

  it('takes bytes in order where they lie, and reads what it was not given from the file', async () => {
    await forSeeds(5, async (random) => {
      const content = contentOf(random.between(6, 12) * MIB + 3);
      writeFileSync(path, '');
      const hasher = hasherFor();
      const uses: Promise<void>[] = [];
      for (let at = 0; at < content.length; ) {
        const end = Math.min(content.length, at + random.between(1, MIB));
        const memory = new Uint8Array(new SharedArrayBuffer(end - at));
        memory.set(content.subarray(at, end));
        const use = random.chance(0.8) ? hasher.take(memory, at) : null;
        // Once its memory is free again, somebody else fills it.
        if (use !== null) uses.push(use.then(() => void memory.fill(0xee)));
        write(content.subarray(at, end), at);
        hasher.advance(end);
        at = end;
      }
      assert.equal(await hasher.finish(content.length, { signal }), hashOf(content));
      await Promise.all(uses);
      await hasher.close();
    });
  });

  it('takes nothing but the next bytes', async () => {
    const content = contentOf(MIB);
    writeFileSync(path, content);
    const hasher = hasherFor();
    assert.equal(hasher.take(content.subarray(5), 5), null);
    const use = hasher.take(
      new Uint8Array(new SharedArrayBuffer(10)).map((_, n) => content[n] ?? 0),
      0,
    );
    assert.equal(hasher.take(content.subarray(0, 10), 0), null);
    await use;
    assert.equal(await hasher.finish(content.length, { signal }), hashOf(content));
  });

  it('frees the memory that it has taken when it is closed', async () => {
    writeFileSync(path, contentOf(MIB));
    const hasher = hasherFor();
    const use = hasher.take(new Uint8Array(new SharedArrayBuffer(MIB)), 0);
    await hasher.close();
    await use;
    assert.equal(hasher.take(new Uint8Array(new SharedArrayBuffer(MIB)), MIB), null);
  });

  it('starts again when what was there is void', async () => {
    const wrong = contentOf(9 * MIB);
    writeFileSync(path, wrong);
    const hasher = hasherFor();
    hasher.advance(wrong.length);
    await hasher.digest({ start: 0, end: 1 }, 'sha256');
    const right = Buffer.alloc(5 * MIB, 7);
    writeFileSync(path, right);
    hasher.restart();
    hasher.advance(right.length);
    assert.equal(await hasher.finish(right.length, { signal }), hashOf(right));
  });

  it('tells that a file is shorter than it was said to be', async () => {
    writeFileSync(path, Buffer.alloc(5 * MIB));
    const hasher = hasherFor();
    hasher.advance(6 * MIB);
    assertCode(await rejection(hasher.digest({ start: 4 * MIB, end: 6 * MIB }, 'sha256')), 'disk-error');
    assertCode(await rejection(hasher.finish(6 * MIB, { signal })), 'disk-error');
  });

  it('goes on after a part could not be read: what failed beside the transfer is read again in the end', async () => {
    const content = contentOf(8 * MIB);
    writeFileSync(path, content.subarray(0, 6 * MIB));
    const hasher = hasherFor();
    hasher.advance(content.length);
    assertCode(await rejection(hasher.digest({ start: 0, end: content.length }, 'sha256')), 'disk-error');
    write(content.subarray(6 * MIB), 6 * MIB);
    assert.equal(await hasher.finish(content.length, { signal }), hashOf(content));
  });

  it('tells that a file is missing', async () => {
    const hasher = hasherFor();
    assertCode(await rejection(hasher.finish(1, { signal })), 'file-missing');
  });

  it('keeps the file that it has begun with, though its name is gone', async () => {
    const content = contentOf(5 * MIB);
    writeFileSync(path, content);
    const hasher = hasherFor();
    await hasher.digest({ start: 0, end: 1 }, 'sha256');
    unlinkSync(path);
    assert.equal(await hasher.finish(content.length, { signal }), hashOf(content));
  });

  it('tells whoever waits that it was closed, and whoever comes later', async () => {
    writeFileSync(path, contentOf(64 * MIB));
    const hasher = hasherFor();
    const waiting = [
      rejection(hasher.digest({ start: 0, end: 64 * MIB }, 'sha512')),
      rejection(hasher.finish(64 * MIB, { signal })),
    ];
    await hasher.close();
    for (const error of await Promise.all(waiting)) assert.match(String(error), /closed/);
    assert.match(String(await rejection(hasher.digest({ start: 0, end: 1 }, 'sha256'))), /closed/);
    hasher.advance(64 * MIB);
    await hasher.close();
  });

  it('stops with the reason when it is aborted, before and while it works', async () => {
    writeFileSync(path, contentOf(64 * MIB));
    assert.equal(await rejection(hasherFor().finish(1, { signal: AbortSignal.abort('paused') })), 'paused');
    const abort = new AbortController();
    const finishing = rejection(hasherFor().finish(64 * MIB, { signal: abort.signal }));
    abort.abort('removed');
    assert.equal(await finishing, 'removed');
  });

  it('lends its thread to the next one, and holds no file when it is closed', async function () {
    skipBecause(this, whyNoProc());
    const content = contentOf(3 * MIB);
    writeFileSync(path, content);
    const before = threads();
    for (let n = 0; n < 12; n++) {
      const hasher = hasherFor();
      assert.equal(await hasher.finish(content.length, { signal }), hashOf(content));
      await hasher.close();
      assert.ok(!openFiles().includes(path));
    }
    assert.ok(threads() <= before + 1, `${threads() - before} more threads`);
  });

  it('is closed also when the system reports a failure of closing the file', async function () {
    skipBecause(this, whyNoProc());
    const content = contentOf(MIB);
    writeFileSync(path, content);
    const hasher = hasherFor();
    assert.equal(await hasher.finish(content.length, { signal }), hashOf(content));
    const fd = readdirSync('/proc/self/fd').find((name) => targetOf(name) === path);
    // What the thread closes is no open file any more.
    closeSync(Number(fd));
    await hasher.close();
  });

  it('gives no thread to others that is still at work', async () => {
    const [long, other] = [contentOf(48 * MIB), contentOf(MIB)];
    writeFileSync(path, long);
    const otherPath = join(tempFolder(scope), 'b.part');
    writeFileSync(otherPath, other);
    for (let n = 0; n < 3; n++) {
      const busy = hasherFor();
      busy.advance(long.length);
      const closing = busy.close();
      const next = new PartHasher({ path: otherPath, algorithm: 'sha256' });
      assert.equal(await next.finish(other.length, { signal }), hashOf(other));
      await Promise.all([closing, next.close()]);
    }
  });

  it('starts no thread before there is something to do', async () => {
    const hasher = hasherFor();
    hasher.advance(1000);
    hasher.restart();
    await hasher.close();
    assert.match(String(await rejection(hasher.finish(1, { signal }))), /closed/);
  });
});

function whyNoProc(): string | null {
  return existsSync('/proc/self/task') ? null : 'there is no /proc here';
}

function threads(): number {
  return readdirSync('/proc/self/task').length;
}

function openFiles(): string[] {
  return readdirSync('/proc/self/fd').map(targetOf);
}

/** Empty: the one that the listing itself was read by. */
function targetOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}
