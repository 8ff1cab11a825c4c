import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ResumeRecord,
  readResumeRecord,
  writeFirstRecord,
  writeResumeRecord,
} from '../../../../src/engine/disk/resumeRecord.ts';
import { useScope } from '../../../support/scope.ts';
import { tempFolder } from '../../../support/tempFolder.ts';
import { assertCode } from '../assertCode.ts';

const RECORD: ResumeRecord = {
  version: 2,
  address: 'https://example.com/a',
  sources: [
    { key: 'k1', etag: '"x"', lastModified: null },
    { key: 'k2', etag: null, lastModified: 'Wed, 21 Oct 2015 07:28:00 GMT' },
  ],
  size: 1000,
  chunkSize: 100,
  done: [
    [0, 10],
    [20, 30],
  ],
  owner: { pid: 5, startTicks: '77' },
};

describe('the resume record', () => {
  const scope = useScope();
  let path: string;

  beforeEach(() => {
    path = join(tempFolder(scope), 'a.part.json');
  });

  it('comes back as it was written, and replaces the one before', async () => {
    await writeResumeRecord(path, { ...RECORD, done: [] });
    await writeResumeRecord(path, RECORD);
    assert.deepEqual(await readResumeRecord(path), RECORD);
  });

  it('comes back whatever the order of its fields', async () => {
    const reversed = Object.fromEntries(Object.entries(RECORD).reverse()) as ResumeRecord;
    await writeResumeRecord(path, reversed);
    assert.deepEqual(await readResumeRecord(path), RECORD);
  });

  it('of a part that is about to be made is written by one of several, and nothing else is left', async () => {
    const folder = tempFolder(scope);
    const records = [1000, 2000, 3000].map((size) => ({ ...RECORD, size }));
    const written = await Promise.allSettled(records.map((record) => writeFirstRecord(join(folder, 'a'), record)));
    const refused = written.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    assert.equal(refused.length, 2);
    for (const error of refused) assertCode(error, 'file-exists');
    const first = records[written.findIndex(({ status }) => status === 'fulfilled')];
    assert.deepEqual(await readResumeRecord(join(folder, 'a.part.json')), first);
    assert.deepEqual(readdirSync(folder), ['a.part.json']);
  });

  it('is nothing where there is none', async () => assert.equal(await readResumeRecord(path), null));

  it('is nothing when it is torn anywhere', async () => {
    await writeResumeRecord(path, RECORD);
    const text = readFileSync(path, 'utf8');
    for (let length = 0; length < text.length; length += 7) {
      writeFileSync(path, text.slice(0, length));
      assert.equal(await readResumeRecord(path), null, `torn at ${length}`);
    }
    writeFileSync(path, Buffer.alloc(text.length));
    assert.equal(await readResumeRecord(path), null);
  });

  it('is nothing when any of it was changed', async () => {
    await writeResumeRecord(path, RECORD);
    const text = readFileSync(path, 'utf8');
    for (const [from, to] of [
      ['[20,30]', '[20,31]'],
      ['"size":1000', '"size":1001'],
      ['\\"x\\"', '\\"y\\"'],
      ['"sha256":"', '"sha256":"0'],
    ] as const) {
      const changed = text.replace(from, to);
      assert.notEqual(changed, text);
      writeFileSync(path, changed);
      assert.equal(await readResumeRecord(path), null, `${from} to ${to}`);
    }
  });

  function writeSigned(body: object): void {
    const sha256 = createHash('sha256').update(JSON.stringify(body)).digest('hex');
    writeFileSync(path, JSON.stringify({ body, sha256 }));
  }

  const wrong: [what: string, body: object][] = [
    ['another version', { ...RECORD, version: 1 }],
    ['no version', { ...RECORD, version: undefined }],
    ['no sources', { ...RECORD, sources: undefined }],
    ['a source without a key', { ...RECORD, sources: [{ etag: null, lastModified: null }] }],
    ['a size that is none', { ...RECORD, size: -1 }],
    ['half a byte', { ...RECORD, done: [[0, 1.5]] }],
    ['an interval of three', { ...RECORD, done: [[0, 1, 2]] }],
    ['an interval below zero', { ...RECORD, done: [[-1, 2]] }],
    ['an interval that ends before it starts', { ...RECORD, done: [[5, 3]] }],
    ['an interval beyond the size', { ...RECORD, done: [[0, 1001]] }],
    [
      'intervals in the wrong order',
      {
        ...RECORD,
        done: [
          [20, 30],
          [0, 10],
        ],
      },
    ],
    [
      'intervals that overlap',
      {
        ...RECORD,
        done: [
          [0, 10],
          [9, 20],
        ],
      },
    ],
    ['text', 'record' as unknown as object],
  ];
  for (const [what, body] of wrong) {
    it(`is nothing with ${what}, though the checksum is right`, async () => {
      writeSigned(body);
      assert.equal(await readResumeRecord(path), null);
    });
  }

  it('may have no size, no source, and everything', async () => {
    for (const body of [
      { ...RECORD, size: null, sources: [], done: [] },
      { ...RECORD, done: [[0, 1000]], owner: null },
    ]) {
      writeSigned(body);
      assert.deepEqual(await readResumeRecord(path), body);
    }
  });
});
