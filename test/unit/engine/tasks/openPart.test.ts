import assert from 'node:assert/strict';
import {
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { mayExist } from '../../../../src/engine/disk/folderNames.ts';
import { ownIdentity } from '../../../../src/engine/disk/processIdentity.ts';
import { type ResumeRecord, readResumeRecord, writeResumeRecord } from '../../../../src/engine/disk/resumeRecord.ts';
import type { SourceDescription } from '../../../../src/engine/sources/source.ts';
import { type OpenedPart, type OpenPartInit, openPart } from '../../../../src/engine/tasks/openPart.ts';
import type { DescribedSource } from '../../../../src/engine/transfer/sourceSupply.ts';
import { useScope } from '../../../support/scope.ts';
import { tempFolder } from '../../../support/tempFolder.ts';
import { assertCode, rejection } from '../assertCode.ts';
import { ScriptedSource } from '../transfer/scriptedSource.ts';

const KEY = 'of this link';
const OTHER_KEY = 'of another link';
const SIZE = 1000;
const MODIFIED = 'Wed, 21 Oct 2015 07:28:00 GMT';
/** Whoever started this process lives; when it started is only asked where the record tells. */
const ANOTHER_PROCESS = { pid: process.ppid, startTicks: null };

interface Version {
  readonly etag: string | null;
  readonly lastModified: string | null;
}

describe('openPart', () => {
  const scope = useScope();
  let folder: string;
  const reserved = new Set<string>();

  beforeEach(() => {
    folder = tempFolder(scope);
    reserved.clear();
  });

  async function open(
    changes: Partial<OpenPartInit> = {},
    version: Version = { etag: '"x"', lastModified: null },
  ): Promise<OpenedPart> {
    const opened = await openPart({
      folder,
      name: 'a.zip',
      ownName: null,
      lead: leadOf(described({ version })),
      unsavedRecord: null,
      firstRecord: firstRecord(),
      mayBeYoung: false,
      policy: 'rename',
      restart: false,
      reserve: (name) => !reserved.has(name),
      ...changes,
    });
    if (opened.kind === 'part') scope.defer(() => opened.part.close());
    return opened;
  }

  function described(changes: Partial<SourceDescription>): SourceDescription {
    return {
      sizeBytes: SIZE,
      ranges: true,
      version: { etag: '"x"', lastModified: null },
      suggestedName: 'a.zip',
      checksums: [],
      offers: { mirrors: [], metalinks: [] },
      isMetalink: false,
      ...changes,
    };
  }

  function leadOf(description: SourceDescription): DescribedSource {
    return { source: new ScriptedSource(0, () => {}, { key: KEY }), described: description };
  }

  /** How a part of one link, in one version, is written down. */
  function from(key: string, version: Partial<Version> = {}): Pick<ResumeRecord, 'sources'> {
    return { sources: [{ key, etag: '"x"', lastModified: null, ...version }] };
  }

  function firstRecord(): ResumeRecord {
    const address = 'https://example.com/a.zip';
    return { version: 2, address, ...from(KEY), size: SIZE, chunkSize: 100, done: [], owner: ownIdentity() };
  }

  /** What an earlier run left. */
  async function leave(changes: Partial<ResumeRecord> = {}, name = 'a.zip'): Promise<void> {
    const record: ResumeRecord = { ...firstRecord(), done: [[0, 500]], owner: null, ...changes };
    writeFileSync(join(folder, `${name}.part`), Buffer.alloc(record.size ?? SIZE, 7));
    await writeResumeRecord(join(folder, `${name}.part.json`), record);
  }

  function assertGoesOn(opened: OpenedPart, name = 'a.zip'): void {
    assert.ok(opened.kind === 'part', 'there is nothing to go on with');
    assert.equal(opened.name, name);
    assert.deepEqual(opened.record?.done, [[0, 500]]);
  }

  async function assertFresh(opened: OpenedPart, name = 'a.zip'): Promise<void> {
    assert.ok(opened.kind === 'part');
    assert.equal(opened.name, name);
    assert.equal(opened.record, null);
    assert.equal(readFileSync(join(folder, `${name}.part`)).length, 0);
    // A part that stood alone after a crash would be nobody's.
    assert.deepEqual(await readResumeRecord(join(folder, `${name}.part.json`)), firstRecord());
  }

  it('starts a part where nothing is', async () => {
    await assertFresh(await open());
    assert.deepEqual(readdirSync(folder).sort(), ['a.zip.part', 'a.zip.part.json']);
  });

  describe('a name that is taken', () => {
    it('rename: takes the next free number', async () => {
      for (const name of ['a.zip', 'a (1).zip']) writeFileSync(join(folder, name), 'old');
      await assertFresh(await open(), 'a (2).zip');
      assert.equal(readFileSync(join(folder, 'a.zip'), 'utf8'), 'old');
    });

    it('rename: passes over names of other tasks', async () => {
      reserved.add('a.zip').add('a (1).zip');
      await assertFresh(await open(), 'a (2).zip');
    });

    it('rename: passes over the part of somebody else', async () => {
      writeFileSync(join(folder, 'a.zip.part'), 'of another program');
      await assertFresh(await open(), 'a (1).zip');
      assert.equal(readFileSync(join(folder, 'a.zip.part'), 'utf8'), 'of another program');
    });

    it('ask: fails and touches nothing', async () => {
      writeFileSync(join(folder, 'a.zip'), 'old');
      assertCode(await rejection(open({ policy: 'ask' })), 'file-exists');
      assert.deepEqual(readdirSync(folder), ['a.zip']);
    });

    it('skip: is content with a file of that size, and fails with any other', async () => {
      writeFileSync(join(folder, 'a.zip'), Buffer.alloc(SIZE));
      assert.deepEqual(await open({ policy: 'skip' }), { kind: 'present', name: 'a.zip' });
      for (const sizeBytes of [SIZE + 1, null]) {
        assertCode(await rejection(open({ policy: 'skip', lead: leadOf(described({ sizeBytes })) })), 'file-exists');
      }
      assert.deepEqual(readdirSync(folder), ['a.zip']);
    });

    it('replace: downloads beside it and leaves it until the end', async () => {
      writeFileSync(join(folder, 'a.zip'), 'old');
      await assertFresh(await open({ policy: 'replace' }));
      assert.equal(readFileSync(join(folder, 'a.zip'), 'utf8'), 'old');
    });

    for (const policy of ['ask', 'skip', 'replace'] as const) {
      it(`${policy}: fails when another task is about to put its file there`, async () => {
        reserved.add('a.zip');
        assertCode(await rejection(open({ policy })), 'file-exists');
        assert.deepEqual(readdirSync(folder), []);
      });
    }
  });

  describe('the part of an earlier run', () => {
    for (const ownName of [null, 'a.zip']) {
      it(`is gone on with, ${ownName === null ? 'found by its name' : "as this task's own"}`, async () => {
        await leave();
        const opened = await open({ ownName });
        assertGoesOn(opened);
        assert.equal(opened.kind === 'part' && opened.trust, 'proven');
      });
    }

    it("is this task's own under the name it had, whatever the server calls it now", async () => {
      await leave({}, 'old-name.zip');
      assertGoesOn(await open({ ownName: 'old-name.zip' }), 'old-name.zip');
    });

    it('is gone on with when its final name was taken meanwhile: the file gets a free one when it is complete', async () => {
      await leave();
      writeFileSync(join(folder, 'a.zip'), 'of somebody else');
      assertGoesOn(await open({ ownName: 'a.zip' }));
    });

    it('is gone on with from a record that could not be written down', async () => {
      await leave({ done: [], owner: ownIdentity() });
      assertGoesOn(await open({ ownName: 'a.zip', unsavedRecord: { ...firstRecord(), done: [[0, 500]] } }));
    });

    it('is not believed to hold what such a record says when somebody else has begun it anew since', async () => {
      for (const owner of [null, { ...ownIdentity(), startTicks: 'of an earlier process' }]) {
        await leave({ done: [[0, 200]], owner });
        const opened = await open({ ownName: 'a.zip', unsavedRecord: { ...firstRecord(), done: [[0, 500]] } });
        assert.ok(opened.kind === 'part');
        assert.deepEqual(opened.record?.done, [[0, 200]]);
      }
    });

    it('is not touched while another process writes to it', async () => {
      await leave({ owner: ANOTHER_PROCESS });
      await assertFresh(await open(), 'a (1).zip');
    });

    it('is not touched, nor its record, when another process has begun it since the folder was looked at', async () => {
      assert.equal(await mayExist(join(folder, 'a.zip')), false);
      await leave({ owner: ANOTHER_PROCESS });
      const record = readFileSync(join(folder, 'a.zip.part.json'), 'utf8');
      await assertFresh(await open(), 'a (1).zip');
      assert.equal(readFileSync(join(folder, 'a.zip.part.json'), 'utf8'), record);
    });

    it('is not vouched for when another process has made it without a record', async () => {
      assert.equal(await mayExist(join(folder, 'a.zip')), false);
      writeFileSync(join(folder, 'a.zip.part'), 'of somebody else');
      await assertFresh(await open(), 'a (1).zip');
      assert.equal(existsSync(join(folder, 'a.zip.part.json')), false);
    });

    it('is gone on with when the process that wrote to it has ended', async () => {
      await leave({ owner: { ...ownIdentity(), startTicks: '1' } });
      assertGoesOn(await open());
    });

    it('is gone on with when it was an earlier run of this very process', async () => {
      await leave({ owner: ownIdentity() });
      assertGoesOn(await open());
    });

    it('starts again when its record is missing or torn: nobody guesses', async () => {
      await leave();
      writeFileSync(join(folder, 'a.zip.part.json'), '{');
      await assertFresh(await open({ ownName: 'a.zip' }));
    });

    for (const length of [0, 499, SIZE - 1, SIZE + 1]) {
      it(`starts again when somebody made it ${length} bytes long`, async () => {
        await leave();
        truncateSync(join(folder, 'a.zip.part'), length);
        await assertFresh(await open({ ownName: 'a.zip' }));
      });
    }

    it('starts again when the part itself is gone', async () => {
      await leave();
      unlinkSync(join(folder, 'a.zip.part'));
      await assertFresh(await open({ ownName: 'a.zip' }));
    });
  });

  describe('another version of the file', () => {
    const others: [what: string, left: { size?: number; was?: Partial<Version> }, version: Version][] = [
      ['another tag', { was: { etag: '"y"' } }, { etag: '"x"', lastModified: null }],
      ['another size', { size: SIZE + 1 }, { etag: '"x"', lastModified: null }],
      [
        'another date',
        { was: { etag: null, lastModified: 'Thu, 22 Oct 2015 07:28:00 GMT' } },
        { etag: null, lastModified: MODIFIED },
      ],
    ];
    for (const [what, { was = {}, ...size }, version] of others) {
      const left = { ...size, ...from(KEY, was) };
      it(`${what}: this task's own part is kept and the user told`, async () => {
        await leave(left);
        assertCode(await rejection(open({ ownName: 'a.zip' }, version)), 'file-changed');
        assert.equal(readFileSync(join(folder, 'a.zip.part'))[0], 7);
      });

      it(`${what}: starts again when the user wants that`, async () => {
        await leave(left);
        await assertFresh(await open({ ownName: 'a.zip', restart: true }, version));
      });

      it(`${what}: a part of the same link that is no task's makes room`, async () => {
        await leave(left);
        await assertFresh(await open({}, version));
      });

      it(`${what}: a part of another link is left alone`, async () => {
        await leave({ ...left, ...from(OTHER_KEY, was) });
        await assertFresh(await open({}, version), 'a (1).zip');
        assert.equal(readFileSync(join(folder, 'a.zip.part'))[0], 7);
      });
    }

    it('nothing was received yet: starts again without a question', async () => {
      await leave({ ...from(KEY, { etag: '"y"' }), done: [] });
      await assertFresh(await open({ ownName: 'a.zip' }));
    });
  });

  describe('how sure it is that old and new bytes belong together', () => {
    it('by another link of this task, or a mirror that leads now: a sample has to be compared', async () => {
      await leave(from(OTHER_KEY, { etag: '"y"' }));
      const opened = await open({ ownName: 'a.zip' });
      assertGoesOn(opened);
      assert.equal(opened.kind === 'part' && opened.trust, 'other-link');
    });

    it('of several links, the one that leads is compared by its own version', async () => {
      const several = { sources: [...from(OTHER_KEY, { etag: '"y"' }).sources, ...from(KEY).sources] };
      await leave(several);
      const opened = await open({ ownName: 'a.zip' });
      assertGoesOn(opened);
      assert.equal(opened.kind === 'part' && opened.trust, 'proven');
    });

    it('by seed:///name from another seed than before: a sample has to be compared', async () => {
      const none = { etag: null, lastModified: null };
      const ofSeed = { address: 'seed:///a.zip', ...from(KEY, none) };
      const every = { ...firstRecord(), ...ofSeed };
      await leave({ ...ofSeed, ...from(OTHER_KEY, none) });
      const opened = await open({ firstRecord: every }, none);
      assertGoesOn(opened);
      assert.equal(opened.kind === 'part' && opened.trust, 'same-link');
      const beside = await open(
        { firstRecord: { ...every, size: SIZE + 1 }, lead: leadOf(described({ sizeBytes: SIZE + 1 })) },
        none,
      );
      assert.equal(beside.kind === 'part' && beside.name, 'a (1).zip');
    });

    const unsure: [what: string, left: Version, now: Version][] = [
      ['no validators at all', { etag: null, lastModified: null }, { etag: null, lastModified: null }],
      ['validators only now', { etag: null, lastModified: null }, { etag: '"x"', lastModified: MODIFIED }],
      ['validators only then', { etag: '"x"', lastModified: MODIFIED }, { etag: null, lastModified: null }],
      ['a tag then, a date now', { etag: '"x"', lastModified: null }, { etag: null, lastModified: MODIFIED }],
      ['a date then, a tag now', { etag: null, lastModified: MODIFIED }, { etag: '"x"', lastModified: null }],
    ];
    for (const [what, left, now] of unsure) {
      it(`${what}: a sample has to be compared`, async () => {
        await leave(from(KEY, left));
        const opened = await open({ ownName: 'a.zip' }, now);
        assertGoesOn(opened);
        assert.equal(opened.kind === 'part' && opened.trust, 'same-link');
      });

      it(`${what}: a part of another link is left alone`, async () => {
        await leave(from(OTHER_KEY, left));
        await assertFresh(await open({}, now), 'a (1).zip');
      });
    }

    const sure: [what: string, left: Version, now: Version][] = [
      ['the same tag', { etag: '"x"', lastModified: null }, { etag: '"x"', lastModified: null }],
      ['the same date', { etag: null, lastModified: MODIFIED }, { etag: null, lastModified: MODIFIED }],
      ['the same date, one tag', { etag: '"x"', lastModified: MODIFIED }, { etag: null, lastModified: MODIFIED }],
    ];
    for (const [what, left, now] of sure) {
      it(`${what}: sure, even by another link`, async () => {
        await leave(from(OTHER_KEY, left));
        const opened = await open({}, now);
        assertGoesOn(opened);
        assert.equal(opened.kind === 'part' && opened.trust, 'proven');
      });
    }

    it('a weak tag promises no equal bytes: a sample has to be compared', async () => {
      await leave(from(KEY, { etag: 'W/"x"' }));
      const opened = await open({ ownName: 'a.zip' }, { etag: 'W/"x"', lastModified: null });
      assertGoesOn(opened);
      assert.equal(opened.kind === 'part' && opened.trust, 'same-link');
    });
  });

  describe('after a process that ended while it gave the file its name', () => {
    it('between the last rename and its note of it: the file is there', async () => {
      await leave({ done: [[0, SIZE]] });
      renameSync(join(folder, 'a.zip.part'), join(folder, 'a.zip'));
      assert.deepEqual(await open({ ownName: 'a.zip' }), { kind: 'present', name: 'a.zip' });
    });

    it('between the first record and the part: the old file, which is to be replaced, is not the new one', async () => {
      writeFileSync(join(folder, 'a.zip'), Buffer.alloc(SIZE, 'old'));
      for (const done of [[], [[0, SIZE]]] satisfies ResumeRecord['done'][]) {
        const record = join(folder, 'a.zip.part.json');
        await writeResumeRecord(record, { ...firstRecord(), done, owner: null });
        // Clocks of file systems stand still for some milliseconds.
        const later = new Date(Date.now() + 1000);
        utimesSync(record, later, later);
        await assertFresh(await open({ policy: 'replace' }));
        unlinkSync(join(folder, 'a.zip.part'));
      }
    });

    it('between link and unlink, when the file has both names: the file is there, and the part goes', async () => {
      await leave({ done: [[0, SIZE]] });
      linkSync(join(folder, 'a.zip.part'), join(folder, 'a.zip'));
      assert.deepEqual(await open({ ownName: 'a.zip' }), { kind: 'present', name: 'a.zip' });
      assert.equal(existsSync(join(folder, 'a.zip.part')), false);
    });

    it('between link and unlink of another file: that one is no answer to this download', async () => {
      for (const left of [from(OTHER_KEY, { etag: '"y"' }), { ...from(OTHER_KEY), size: SIZE + 1 }]) {
        await leave({ ...left, done: [[0, SIZE]] }, 'b.zip');
        linkSync(join(folder, 'b.zip.part'), join(folder, 'b.zip'));
        await assertFresh(await open({ name: 'b.zip' }), 'b (1).zip');
        for (const name of readdirSync(folder)) unlinkSync(join(folder, name));
      }
    });

    it('a file of another size or without a record is a stranger', async () => {
      writeFileSync(join(folder, 'a.zip'), Buffer.alloc(SIZE));
      await assertFresh(await open({ ownName: 'a.zip' }), 'a (1).zip');
    });
  });

  it('does not go on with a part where the server gives no ranges and no validators', async () => {
    await leave(from(KEY, { etag: null }));
    const now = described({ ranges: false, version: { etag: null, lastModified: null } });
    await assertFresh(await open({ ownName: 'a.zip', lead: leadOf(now) }));
  });
});
