import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { listLines, welcomeLines } from '../../../../../src/engine/protocols/hub/fileLines.ts';
import { HubClientMachine } from '../../../../../src/engine/protocols/hub/hubClientMachine.ts';
import { MAX_LINE_BYTES } from '../../../../../src/engine/protocols/hub/hubLines.ts';
import type { HubFileRecord } from '../../../../../src/engine/protocols/hub/hubMessages.ts';

function files(count: number): HubFileRecord[] {
  return Array.from({ length: count }, (_, n) => ({
    fid: randomUUID(),
    filename: 'ü'.repeat(n % 127),
    size: n,
    sha256: 'a'.repeat(64),
    uploader: 'anna',
    uploader_uid: 'b'.repeat(16),
    uploaded_at: new Date(n * 1000).toISOString(),
  }));
}

describe('the lists of a hub', () => {
  for (const count of [0, 1, 100, 300, 5000]) {
    it(`${count} files: no line is too long, every file comes once, the newest stand in the WELCOME`, () => {
      const all = files(count);
      const lines = welcomeLines('uid', all).map((line) => line.slice(0, -1));
      assert.ok([...lines, ...listLines(all)].every((line) => Buffer.byteLength(line) <= MAX_LINE_BYTES + 1));
      const client = new HubClientMachine();
      const heard = lines.flatMap((line) => client.received(line));
      assert.deepEqual(client.files.map(({ fid }) => fid).sort(), all.map(({ fid }) => fid).sort());
      const { files: first } = JSON.parse(lines[0] ?? '') as { files: HubFileRecord[] };
      assert.deepEqual(first, all.slice(all.length - first.length));
      assert.equal(heard.filter(({ kind }) => kind === 'available').length, count - first.length);
      const again = listLines(all).flatMap((line) => client.received(line));
      assert.ok(again.every(({ kind }) => kind === 'listed'));
    });
  }

  it('write a file out once, however many ask', () => {
    let count = 0;
    const all = files(500).map((file) => ({
      ...file,
      toJSON: () => {
        count++;
        return file;
      },
    }));
    for (let n = 0; n < 10; n++) {
      welcomeLines(`uid ${n}`, all);
      listLines(all);
    }
    assert.equal(count, all.length);
  });
});
