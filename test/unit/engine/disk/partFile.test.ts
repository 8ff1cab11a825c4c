import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileSize, PartFile } from '../../../../src/engine/disk/partFile.ts';
import { useScope } from '../../../support/scope.ts';
import { tempFolder } from '../../../support/tempFolder.ts';
import { assertCode, rejection } from '../assertCode.ts';

describe('PartFile', () => {
  const scope = useScope();

  async function open(target: string, fresh = true): Promise<PartFile> {
    const part = await PartFile.open(target, { fresh });
    scope.defer(() => part.close());
    return part;
  }

  it('is made beside its target, whose name stays free', async () => {
    const target = join(tempFolder(scope), 'a.zip');
    assert.equal((await open(target)).path, `${target}.part`);
    assert.equal(existsSync(target), false);
  });

  it('is never made where one is, nor gone on with where there is none', async () => {
    const folder = tempFolder(scope);
    writeFileSync(join(folder, 'a.part'), 'mine');
    assertCode(await rejection(PartFile.open(join(folder, 'a'), { fresh: true })), 'file-exists');
    assert.equal(readFileSync(join(folder, 'a.part'), 'utf8'), 'mine');
    assertCode(await rejection(PartFile.open(join(folder, 'b'), { fresh: false })), 'file-missing');
    assertCode(await rejection(PartFile.open(join(folder, 'no', 'c'), { fresh: true })), 'file-missing');
  });

  it('takes writes at any place and order, and is as long as it is told to be', async () => {
    const part = await open(join(tempFolder(scope), 'a'));
    await part.setLength(3_000_000);
    const written: [number, number][] = [];
    for (const [start, end] of [
      [2_000_000, 3_000_000],
      [0, 1_500_000],
    ] as const) {
      const sink = part.sink({ start, end }, (from, to) => void written.push([from, to]));
      while (sink.remaining > 0) {
        const memory = sink.lend().subarray(0, 300_000);
        memory.fill(start === 0 ? 1 : 2);
        if (!sink.filled(memory.length)) await sink.ready({ signal: new AbortController().signal });
      }
      await sink.drain();
      sink.close();
    }
    await part.flush();
    const bytes = readFileSync(part.path);
    assert.equal(bytes.length, 3_000_000);
    assert.ok(bytes.subarray(0, 1_500_000).every((byte) => byte === 1));
    assert.ok(bytes.subarray(1_500_000, 2_000_000).every((byte) => byte === 0));
    assert.ok(bytes.subarray(2_000_000).every((byte) => byte === 2));
    assert.equal(
      written.reduce((sum, [from, to]) => sum + to - from, 0),
      2_500_000,
    );
    assert.equal((await part.readAt({ start: 1_499_999, end: 1_500_001 })).join(), '1,0');
    assert.equal((await part.readAt({ start: 2_999_999, end: 3_000_010 })).length, 1);
    assert.equal((await part.readAt({ start: 4_000_000, end: 4_000_010 })).length, 0);
  });

  it('keeps what is there when it is gone on with', async () => {
    const target = join(tempFolder(scope), 'a');
    writeFileSync(`${target}.part`, 'hello');
    const part = await open(target, false);
    assert.equal(Buffer.from(await part.readAt({ start: 0, end: 5 })).toString(), 'hello');
  });

  it('gives coded errors after it was closed, and closes once', async () => {
    const part = await open(join(tempFolder(scope), 'a'));
    await Promise.all([part.close(), part.close()]);
    for (const attempt of [part.flush(), part.setLength(1), part.readAt({ start: 0, end: 1 })]) {
      assertCode(await rejection(attempt), 'disk-error');
    }
    const sink = part.sink({ start: 0, end: 1 }, () => assert.fail('nothing was written'));
    sink.lend();
    sink.filled(1);
    assertCode(await rejection(sink.drain()), 'disk-error');
  });
});

describe('fileSize', () => {
  const scope = useScope();

  it('is null where nothing is', async () => {
    const path = join(tempFolder(scope), 'a');
    assert.equal(await fileSize(path), null);
    writeFileSync(path, 'abc');
    assert.equal(await fileSize(path), 3);
  });
});
