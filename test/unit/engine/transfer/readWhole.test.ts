import assert from 'node:assert/strict';
import { TributaryError } from '../../../../src/contract/errors.ts';
import { readWhole } from '../../../../src/engine/transfer/readWhole.ts';
import { assertCode, rejection } from '../assertCode.ts';
import { type ReadScript, ScriptedSource } from './scriptedSource.ts';

const signal = new AbortController().signal;
const MAX = 200_000;

describe('readWhole', () => {
  /** A file of that length behind a source that tells `sizeBytes`. */
  async function read(length: number, sizeBytes: number | null, script?: ReadScript): Promise<Uint8Array> {
    const source = new ScriptedSource(length, script);
    const bytes = await readWhole(source, { sizeBytes, maxBytes: MAX }, { signal }).finally(() =>
      assert.equal(source.openLanes, 0, 'a lane was left open'),
    );
    assert.ok(source.content.equals(bytes));
    return bytes;
  }

  for (const length of [0, 1, 70_000, MAX]) {
    it(`brings ${length} bytes, size told or not`, async () => {
      assert.equal((await read(length, length)).length, length);
      assert.equal((await read(length, null)).length, length);
    });
  }

  it('does not begin with what is told to be too long', async () => {
    const source = new ScriptedSource(MAX + 1);
    const reading = readWhole(source, { sizeBytes: MAX + 1, maxBytes: MAX }, { signal });
    assertCode(await rejection(reading), 'bad-response');
    assert.equal(source.lanes, 0);
  });

  it('stops at what turns out to be too long, and names the host', async () => {
    const error = await rejection(read(10 * MAX, null));
    assertCode(error, 'bad-response');
    assert.match(error.message, /example\.com/);
  });

  it('passes on what the source fails with, and why it was stopped', async () => {
    const failing = read(1000, 1000, () => {
      throw new TributaryError('not-found', { host: 'h', status: 404 });
    });
    assertCode(await rejection(failing), 'not-found');
    const abort = new AbortController();
    const source = new ScriptedSource(1000, ({ hang }) => hang());
    const reading = rejection(readWhole(source, { sizeBytes: null, maxBytes: MAX }, { signal: abort.signal }));
    abort.abort('paused');
    assert.equal(await reading, 'paused');
    assert.equal(source.openLanes, 0);
  });
});
