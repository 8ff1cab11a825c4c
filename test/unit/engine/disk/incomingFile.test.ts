import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { IncomingFile } from '../../../../src/engine/disk/incomingFile.ts';
import { fillFrom } from '../../../../src/kit/byteSink.ts';
import { Content } from '../../../support/content.ts';
import { useScope } from '../../../support/scope.ts';
import { tempFolder } from '../../../support/tempFolder.ts';
import { waitFor } from '../../../support/waitFor.ts';

const MIB = 1 << 20;
const signal = new AbortController().signal;

describe('IncomingFile', () => {
  const scope = useScope();

  async function pour(file: IncomingFile, content: Content, from: number, to: number, step: number): Promise<void> {
    for (let at = from; at < to; at += step) await push(file, content.slice(at, Math.min(to, at + step)));
    await file.drain();
  }

  async function push(file: IncomingFile, bytes: Uint8Array): Promise<void> {
    let { rest, goOn } = fillFrom(file, bytes);
    while (!goOn) {
      await file.ready();
      ({ rest, goOn } = fillFrom(file, rest));
    }
  }

  for (const [sizeBytes, step] of [
    [0, 1],
    [1, 1],
    [20_000, 7],
    [3 * MIB + 1, 65_536],
    [9 * MIB, 100_001],
  ] as const) {
    it(`${sizeBytes} bytes in pieces of ${step}, in two attempts: nothing is written twice, the digest is right`, async () => {
      const path = join(tempFolder(scope), 'f');
      const content = new Content(sizeBytes, 3);
      const half = Math.floor(sizeBytes / 2);
      const first = await IncomingFile.open(`${path}.part`, sizeBytes);
      assert.equal(first.offset, 0);
      await pour(first, content, 0, half, step);
      await first.close();
      assert.equal(statSync(`${path}.part`).size, half);
      const second = await IncomingFile.open(`${path}.part`, sizeBytes);
      assert.equal(second.offset, half);
      await pour(second, content, half, sizeBytes, step);
      assert.equal(await second.digest({ signal }), content.sha256);
      assert.equal(await second.moveTo(path), true);
      assert.ok(readFileSync(path).equals(content.slice(0, sizeBytes)));
      // Still there under its first name: whoever kills us now has not lost it.
      assert.equal(statSync(path).ino, statSync(`${path}.part`).ino);
    });
  }

  it('writes what has come soon, also while the buffer is not full, and each byte once and in its place', async () => {
    const path = join(tempFolder(scope), 'f');
    const content = new Content(3 * MIB + 5, 6);
    const file = await IncomingFile.open(`${path}.part`, content.sizeBytes);
    let at = 0;
    // The second and third stop stand in a buffer of which a part was written before; the others begin and fill some.
    for (const stop of [1, 90_000, MIB - 1, MIB, 2 * MIB + 77, 2 * MIB + 78]) {
      await push(file, content.slice(at, stop));
      at = stop;
      await waitFor(`${stop} bytes in the part`, () => statSync(`${path}.part`).size === stop);
    }
    await push(file, content.slice(at, content.sizeBytes));
    assert.equal(await file.digest({ signal }), content.sha256);
    await file.close();
  });

  it('begins anew when what is there is longer than the file', async () => {
    const path = join(tempFolder(scope), 'f');
    writeFileSync(`${path}.part`, 'something else');
    const file = await IncomingFile.open(`${path}.part`, 4);
    assert.equal(file.offset, 0);
    await push(file, Buffer.from('data'));
    await file.drain();
    await file.close();
    assert.equal(readFileSync(`${path}.part`, 'utf8'), 'data');
  });

  it('follows no link, and writes into nothing that is no file', async () => {
    const path = join(tempFolder(scope), 'f');
    writeFileSync(`${path}.other`, 'somebody else');
    symlinkSync(`${path}.other`, `${path}.part`);
    await assert.rejects(IncomingFile.open(`${path}.part`, 100), { code: 'disk-error' });
    assert.equal(readFileSync(`${path}.other`, 'utf8'), 'somebody else');
    rmSync(`${path}.part`);
    execFileSync('mkfifo', [`${path}.part`]);
    await assert.rejects(IncomingFile.open(`${path}.part`, 100), { code: 'disk-error' });
  });

  it('leaves nothing after discard', async () => {
    const path = join(tempFolder(scope), 'f');
    const file = await IncomingFile.open(`${path}.part`, 5 * MIB);
    await push(file, Buffer.alloc(3 * MIB));
    await push(file, Buffer.alloc(100));
    await file.discard();
    assert.equal(existsSync(`${path}.part`), false);
    await file.close();
  });
});
