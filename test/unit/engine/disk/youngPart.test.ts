import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { YoungPart, type YoungPartInit } from '../../../../src/engine/disk/youngPart.ts';
import { useScope } from '../../../support/scope.ts';
import { tempFolder } from '../../../support/tempFolder.ts';
import { assertCode, rejection } from '../assertCode.ts';

const MIB = 1024 * 1024;
const HELLO_SHA256 = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';

describe('YoungPart', () => {
  const scope = useScope();
  let target: string;
  const { signal } = new AbortController();

  beforeEach(() => {
    target = join(tempFolder(scope), 'a.bin');
  });

  function begin(changes: Partial<YoungPartInit> = {}): YoungPart {
    const part = tryBegin(changes);
    assert.ok(part);
    return part;
  }

  function tryBegin(changes: Partial<YoungPartInit> = {}): YoungPart | null {
    const writeRecord = async (): Promise<void> => writeFileSync(`${target}.part.json`, 'record');
    const part = YoungPart.begin({ targetPath: target, sizeBytes: 5, version: 'v', writeRecord, ...changes });
    if (part !== null) scope.defer(() => part.close());
    return part;
  }

  async function write(part: YoungPart, text: string, position = 0): Promise<void> {
    const sink = part.sink({ start: position, end: position + text.length }, () => {});
    sink.lend().set(Buffer.from(text));
    sink.filled(text.length);
    await sink.drain();
    sink.close();
  }

  const names = (): string[] => readdirSync(dirname(target)).sort();

  for (const replace of [false, true]) {
    it(`becomes the file and nothing before it, ${replace ? 'replacing' : 'not replacing'} what is there`, async () => {
      if (replace) writeFileSync(target, 'old');
      const part = begin();
      await write(part, 'hello');
      await part.flush({ complete: true });
      assert.equal(part.isFile, false);
      assert.deepEqual(names(), replace ? ['a.bin'] : []);
      await part.moveTo(target, { replace });
      assert.equal(readFileSync(target, 'utf8'), 'hello');
      if (part.leftover !== null) rmSync(part.leftover);
      assert.deepEqual(names(), ['a.bin']);
    });
  }

  it('keeps its first name until somebody takes it away: it tells whose the file is', async () => {
    const part = begin();
    await write(part, 'hello');
    await part.moveTo(target, { replace: false });
    await part.close();
    assert.ok(part.leftover !== null && existsSync(part.leftover));
    assert.equal(names().length, 2);
  });

  it('never takes the place of another file unasked, and can be given another name', async () => {
    writeFileSync(target, 'old');
    const part = begin();
    await write(part, 'hello');
    assertCode(await rejection(part.moveTo(target, { replace: false })), 'file-exists');
    await part.moveTo(`${target}2`, { replace: false });
    assert.equal(readFileSync(target, 'utf8'), 'old');
    assert.equal(readFileSync(`${target}2`, 'utf8'), 'hello');
  });

  it('leaves nothing when it gets no name', async () => {
    writeFileSync(target, 'old');
    const part = begin();
    await write(part, 'hello');
    await rejection(part.moveTo(target, { replace: false }));
    await part.close();
    assert.deepEqual(names(), ['a.bin']);
  });

  it('becomes a part file with the first flush, record first, and goes on as one', async () => {
    const part = begin();
    await write(part, 'hel');
    await part.flush();
    assert.equal(part.isFile, true);
    assert.deepEqual(names(), ['a.bin.part', 'a.bin.part.json']);
    assert.equal(readFileSync(part.path, 'latin1'), 'hel\0\0');
    await write(part, 'lo', 3);
    await part.flush({ complete: true });
    assert.equal(Buffer.from(await part.readAt({ start: 0, end: 5 })).toString(), 'hello');
    assert.equal(await part.digest('sha256', { signal }), HELLO_SHA256);
    await part.moveTo(target, { replace: false });
    assert.equal(readFileSync(target, 'utf8'), 'hello');
    assert.equal(part.leftover, `${target}.part.json`);
  });

  it('what comes while it becomes a file lies behind what was there', async () => {
    const part = begin();
    await write(part, 'hel');
    const flushed = part.flush();
    await Promise.all([write(part, 'lo', 3), write(part, 'H', 0), flushed]);
    await part.flush();
    assert.equal(readFileSync(part.path, 'utf8'), 'Hello');
  });

  it('stays in memory while nothing has come', async () => {
    const part = begin();
    await part.flush();
    assert.equal(part.isFile, false);
    assert.deepEqual(names(), []);
  });

  for (const taken of ['.part', '.part.json']) {
    it(`stays in memory when somebody else has begun that file: ${taken}`, async () => {
      writeFileSync(target + taken, 'of somebody else');
      const part = begin();
      await write(part, 'hello');
      await part.flush();
      assert.equal(part.isFile, false);
      assert.equal(readFileSync(target + taken, 'utf8'), 'of somebody else');
      await part.moveTo(target, { replace: false });
      assert.equal(readFileSync(target, 'utf8'), 'hello');
    });
  }

  it('leaves nothing half-made when it cannot become a file', async () => {
    const failing = begin({ writeRecord: () => Promise.reject(new Error('the disk is full')) });
    await write(failing, 'hel');
    await assert.rejects(failing.flush());
    assert.equal(failing.isFile, false);
    assert.deepEqual(names(), []);
  });

  it('tells when its folder is gone', async () => {
    const part = begin({ targetPath: join(dirname(target), 'gone', 'a.bin') });
    await write(part, 'hello');
    assertCode(
      await rejection(part.moveTo(join(dirname(target), 'gone', 'a.bin'), { replace: false })),
      'file-missing',
    );
    mkdirSync(join(dirname(target), 'gone'));
  });

  it('hashes and reads what is in memory', async () => {
    const part = begin();
    await write(part, 'hello');
    assert.equal(await part.digest('sha256', { signal }), HELLO_SHA256);
    assert.equal(Buffer.from(await part.readAt({ start: 1, end: 99 })).toString(), 'ello');
  });

  it('shows nothing of the download that had its memory before', async () => {
    const first = begin();
    await write(first, 'hello');
    await first.close();
    const second = begin();
    assert.deepEqual([...(await second.readAt({ start: 0, end: 5 }))], [0, 0, 0, 0, 0]);
  });

  it('is for files of a mebibyte at most, and for sixteen at a time', async () => {
    assert.equal(tryBegin({ sizeBytes: MIB + 1 }), null);
    const parts = Array.from({ length: 16 }, () => begin({ sizeBytes: MIB }));
    assert.equal(tryBegin(), null);
    await parts[0]?.close();
    await parts[0]?.close();
    begin();
    assert.equal(tryBegin(), null);
    const [, grown] = parts;
    assert.ok(grown);
    await write(grown, 'x');
    await grown.flush();
    begin();
  });
});
