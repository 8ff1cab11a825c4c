import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TributaryError } from '../../../../src/contract/errors.ts';
import { prepareMirror } from '../../../../src/engine/addTask.ts';
import type { SourceDescription } from '../../../../src/engine/sources/source.ts';
import { TaskList } from '../../../../src/engine/tasks/taskList.ts';
import { HostPolicies } from '../../../../src/engine/transfer/hostPolicies.ts';
import { systemClock } from '../../../../src/kit/clock.ts';
import { type Deferred, deferred } from '../../../../src/kit/deferred.ts';
import { useScope } from '../../../support/scope.ts';
import { tempFolder } from '../../../support/tempFolder.ts';
import { waitFor } from '../../../support/waitFor.ts';
import { assertCode, rejection } from '../assertCode.ts';
import { ScriptedSource } from '../transfer/scriptedSource.ts';
import { sampleRecord } from './sampleRecord.ts';

const SIZE = 300_000;

/** A file whose reads wait until the test lets them go. */
class GatedSource extends ScriptedSource {
  readonly gate: Deferred<void> = deferred();
  descriptions = 0;
  /** It answers only then. */
  met: Promise<void> = Promise.resolve();
  /** Bytes that the reads have handed over before they waited. */
  given = 0;

  constructor() {
    super(SIZE, async ({ give, hang }) => {
      await give(1000);
      this.given += 1000;
      await Promise.race([this.gate.promise, hang()]);
    });
  }

  override async describe(): Promise<SourceDescription> {
    this.descriptions++;
    await this.met;
    return {
      sizeBytes: SIZE,
      ranges: true,
      version: { etag: '"x"', lastModified: null },
      suggestedName: 'x',
      checksums: [],
      offers: { mirrors: [], metalinks: [] },
      isMetalink: false,
    };
  }
}

describe('TaskList', () => {
  const scope = useScope();
  let folder: string;
  let list: TaskList;
  let sources: Map<string, GatedSource>;
  let logged: string[];

  beforeEach(() => {
    folder = tempFolder(scope);
    sources = new Map();
    logged = [];
    list = new TaskList({
      store: null,
      retryPausesMs: [],
      openSources: (task) => [source(task.id)],
      openLink: () => assert.fail('there are no further links'),
      throttlesOf: (task) => [task.throttle],
      onFurtherFiles: () => {},
      onFolder: () => {},
      hosts: new HostPolicies({ clock: systemClock, dateMs: Date.now }),
      clock: systemClock,
      random: () => 0,
      onChunk: () => {},
      log: (level, message) => void (level === 'error' && logged.push(message)),
    });
    const opened = list;
    scope.defer(() => opened.close());
    list.open();
  });

  afterEach(() => assert.deepEqual(logged, []));

  function source(id: string): GatedSource {
    const known = sources.get(id);
    if (known !== undefined) return known;
    const made = new GatedSource();
    sources.set(id, made);
    return made;
  }

  async function add(id: string, name = `${id}.bin`): Promise<void> {
    const link = `https://example.com/${name}`;
    const record = sampleRecord({
      id,
      address: link,
      display: link,
      folder,
      fileName: name,
      guessedName: name,
      order: list.nextOrder(),
    });
    await list.add(record, {});
  }

  function state(id: string): string {
    return list.get(id).status.state;
  }

  async function downloading(id: string): Promise<void> {
    await waitFor(`${id} to receive`, () => list.get(id).record.targetName !== null && source(id).given > 0);
  }

  function replaceLink(id: string): Promise<void> {
    const { record } = list.get(id);
    const link = `${record.address}?fresh`;
    return list.replaceLink(id, { record: { ...record, address: link, display: link }, secrets: {} });
  }

  async function completed(id: string): Promise<void> {
    source(id).gate.resolve();
    await waitFor(`${id} to complete`, () => state(id) === 'completed');
  }

  it('takes a download to its end and leaves nothing but the file', async () => {
    await add('aaaaaaaa');
    await completed('aaaaaaaa');
    assert.ok(readFileSync(join(folder, 'aaaaaaaa.bin')).equals(source('aaaaaaaa').content));
    assert.deepEqual(readdirSync(folder), ['aaaaaaaa.bin']);
    assert.equal(source('aaaaaaaa').openLanes, 0);
  });

  it('keeps no source of a run that is over, only what is told of it', async () => {
    await add('aaaaaaaa');
    await downloading('aaaaaaaa');
    await completed('aaaaaaaa');
    const task = list.get('aaaaaaaa');
    assert.equal(task.given.size, 0);
    assert.equal(task.snapshot().sources.at(-1)?.receivedBytes, SIZE);
  });

  it('runs as many as it may, in order', async () => {
    list.configure({ parallelTasks: 2, lanesPerTask: 4, findChecksums: false });
    for (const id of ['aaaaaaaa', 'bbbbbbbb', 'cccccccc']) await add(id);
    await downloading('bbbbbbbb');
    assert.deepEqual(['aaaaaaaa', 'bbbbbbbb', 'cccccccc'].map(state), ['active', 'active', 'queued']);
    await completed('aaaaaaaa');
    await downloading('cccccccc');
    assert.equal(list.runningTasks, 2);
  });

  it('gives two downloads of one name two names', async () => {
    await add('aaaaaaaa', 'same.bin');
    await downloading('aaaaaaaa');
    await add('bbbbbbbb', 'same.bin');
    await completed('bbbbbbbb');
    await completed('aaaaaaaa');
    assert.deepEqual(readdirSync(folder).sort(), ['same (1).bin', 'same.bin']);
  });

  it('pauses when the traffic has stopped, and goes on with what it has', async () => {
    await add('aaaaaaaa');
    await downloading('aaaaaaaa');
    await list.pause('aaaaaaaa');
    assert.equal(state('aaaaaaaa'), 'paused');
    assert.equal(source('aaaaaaaa').readers, 0);
    assert.equal(list.get('aaaaaaaa').record.receivedBytes, 1000);
    await list.resume('aaaaaaaa');
    await completed('aaaaaaaa');
    assert.ok(
      source('aaaaaaaa')
        .reads.slice(1)
        .every(({ start }) => start >= 1000),
    );
  });

  it('begins anew in another folder, and leaves what others begin in the old one meanwhile alone', async () => {
    await add('aaaaaaaa', 'same.bin');
    await downloading('aaaaaaaa');
    await list.pause('aaaaaaaa');
    const met = deferred<void>();
    source('bbbbbbbb').met = met.promise;
    await add('bbbbbbbb', 'same.bin');
    await waitFor('the other to be asked for', () => source('bbbbbbbb').descriptions > 0);
    const other = tempFolder(scope);
    const changed = list.changeFolder('aaaaaaaa', other);
    met.resolve();
    await changed;
    await completed('bbbbbbbb');
    await completed('aaaaaaaa');
    assert.deepEqual(readdirSync(other), ['same.bin']);
    assert.deepEqual(readdirSync(folder), ['same (1).bin']);
  });

  it('begins anew in another folder also when it is resumed in that very moment', async () => {
    await add('aaaaaaaa');
    await downloading('aaaaaaaa');
    await list.pause('aaaaaaaa');
    const other = tempFolder(scope);
    await Promise.all([list.changeFolder('aaaaaaaa', other), list.resume('aaaaaaaa')]);
    await completed('aaaaaaaa');
    assert.deepEqual([readdirSync(other), readdirSync(folder)], [['aaaaaaaa.bin'], []]);
  });

  it('refuses to resume what runs, waits or is complete', async () => {
    list.configure({ parallelTasks: 1, lanesPerTask: 4, findChecksums: false });
    await add('aaaaaaaa');
    await add('bbbbbbbb');
    await downloading('aaaaaaaa');
    for (const id of ['aaaaaaaa', 'bbbbbbbb']) assertCode(await rejection(list.resume(id)), 'illegal-move');
    assert.deepEqual(['aaaaaaaa', 'bbbbbbbb'].map(state), ['active', 'queued']);
    await completed('aaaaaaaa');
    assertCode(await rejection(list.resume('aaaaaaaa')), 'illegal-move');
    assertCode(await rejection(list.pause('aaaaaaaa')), 'illegal-move');
  });

  it('cancels: the part goes, the task too, others start', async () => {
    list.configure({ parallelTasks: 1, lanesPerTask: 4, findChecksums: false });
    await add('aaaaaaaa');
    await add('bbbbbbbb');
    await downloading('aaaaaaaa');
    await list.cancel('aaaaaaaa');
    assert.throws(() => list.get('aaaaaaaa'), { code: 'unknown-task' });
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('aaaaaaaa')),
      [],
    );
    await downloading('bbbbbbbb');
  });

  it('never starts a waiting task that is being cancelled, though a place becomes free', async () => {
    list.configure({ parallelTasks: 1, lanesPerTask: 4, findChecksums: false });
    // The second has a part already, so that cancelling it takes a moment.
    await add('bbbbbbbb');
    await downloading('bbbbbbbb');
    await list.pause('bbbbbbbb');
    await add('aaaaaaaa');
    await downloading('aaaaaaaa');
    await list.resume('bbbbbbbb');
    const cancelling = list.cancel('bbbbbbbb');
    list.configure({ parallelTasks: 2, lanesPerTask: 4, findChecksums: false });
    await cancelling;
    await list.cancel('aaaaaaaa');
    assert.equal(source('bbbbbbbb').descriptions, 1, 'it was started once more');
    assert.equal(list.runningTasks, 0);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('never starts a task that is being cancelled, though its link is replaced or its folder changed in that moment', async () => {
    await add('aaaaaaaa');
    await downloading('aaaaaaaa');
    await Promise.all([replaceLink('aaaaaaaa'), list.cancel('aaaaaaaa')]);
    await add('bbbbbbbb');
    await downloading('bbbbbbbb');
    await list.pause('bbbbbbbb');
    await Promise.allSettled([list.changeFolder('bbbbbbbb', tempFolder(scope)), list.cancel('bbbbbbbb')]);
    assert.deepEqual([...list], []);
    assert.equal(list.runningTasks, 0);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('pauses a task whose link is replaced in that moment', async () => {
    for (const id of ['aaaaaaaa', 'bbbbbbbb']) await add(id);
    for (const id of ['aaaaaaaa', 'bbbbbbbb']) await downloading(id);
    await Promise.all([replaceLink('aaaaaaaa'), list.pause('aaaaaaaa')]);
    await Promise.all([replaceLink('bbbbbbbb'), list.pauseAll()]);
    assert.deepEqual(['aaaaaaaa', 'bbbbbbbb'].map(state), ['paused', 'paused']);
    assert.equal(list.runningTasks, 0);
  });

  it('never runs a task again that was paused while it waited, though a place becomes free', async () => {
    list.configure({ parallelTasks: 1, lanesPerTask: 4, findChecksums: false });
    await add('aaaaaaaa');
    await add('bbbbbbbb');
    await downloading('aaaaaaaa');
    await Promise.all([list.pause('aaaaaaaa'), list.pause('bbbbbbbb')]);
    assert.deepEqual(['aaaaaaaa', 'bbbbbbbb'].map(state), ['paused', 'paused']);
    assert.equal(source('bbbbbbbb').descriptions, 0);
  });

  it('pauses all, and nothing starts in the places that become free', async () => {
    list.configure({ parallelTasks: 1, lanesPerTask: 4, findChecksums: false });
    for (const id of ['aaaaaaaa', 'bbbbbbbb', 'cccccccc']) await add(id);
    await downloading('aaaaaaaa');
    await list.pauseAll();
    assert.deepEqual(['aaaaaaaa', 'bbbbbbbb', 'cccccccc'].map(state), ['paused', 'paused', 'paused']);
    await list.resumeAll();
    await downloading('aaaaaaaa');
    assert.deepEqual(['bbbbbbbb', 'cccccccc'].map(state), ['queued', 'queued']);
  });

  it('pauses a task that is resumed just as it ends its run', async () => {
    await add('aaaaaaaa');
    await downloading('aaaaaaaa');
    // The state changes before the run has closed everything; a quick client resumes at once, and thinks better of it.
    const subscription = list.onDidChange((task) => {
      if (task.status.state !== 'paused') return;
      subscription.dispose();
      void list.resume('aaaaaaaa').then(() => list.pause('aaaaaaaa'));
    });
    await list.pause('aaaaaaaa');
    await waitFor('the run to be over', () => list.runningTasks === 0 && state('aaaaaaaa') === 'paused', 2000);
  });

  it('stops everything when it is closed, and leaves it to the next engine', async () => {
    await add('aaaaaaaa');
    await downloading('aaaaaaaa');
    await list.close();
    assert.equal(list.runningTasks, 0);
    assert.equal(list.get('aaaaaaaa').record.status.state, 'queued');
    assert.equal(source('aaaaaaaa').openLanes, 0);
    assert.equal(existsSync(join(folder, 'aaaaaaaa.bin.part.json')), true);
  });

  it('keeps a failure with its code, and starts again when asked', async () => {
    let fails = true;
    const made = source('aaaaaaaa');
    const describeFile = made.describe.bind(made);
    made.describe = () =>
      fails ? Promise.reject(new TributaryError('not-found', { host: 'h', status: 404 })) : describeFile();
    await add('aaaaaaaa');
    await waitFor('the failure', () => state('aaaaaaaa') === 'failed');
    fails = false;
    await list.resume('aaaaaaaa');
    await completed('aaaaaaaa');
  });

  it('forgets the old form of a mirror whose link is brought anew: it has expired', async () => {
    await add('aaaaaaaa');
    for (const token of ['old', 'fresh']) {
      const { kept, secret } = prepareMirror(`https://mirror.example/f?X-Amz-Signature=${token}`);
      await list.addMirror('aaaaaaaa', kept, secret);
    }
    const { kept, secret } = prepareMirror('https://other.example/f?X-Amz-Signature=other');
    await list.addMirror('aaaaaaaa', kept, secret);
    assert.deepEqual(list.get('aaaaaaaa').mirrorLinks, [
      'https://mirror.example/f?X-Amz-Signature=fresh',
      'https://other.example/f?X-Amz-Signature=other',
    ]);
    assert.equal(list.get('aaaaaaaa').secrets.mirrors?.length, 2);
  });

  it('tells nothing more of a task that is taken off the list in that moment', async () => {
    const told: string[] = [];
    list.onDidChange(({ id }) => told.push(id));
    list.onDidRemove((id) => told.push(`${id} is gone`));
    const { kept, secret } = prepareMirror('https://mirror.example/f');
    const changes: Record<string, (id: string) => Promise<void>> = {
      aaaaaaaa: (id) => list.resume(id),
      bbbbbbbb: (id) => list.addMirror(id, kept, secret),
      cccccccc: replaceLink,
    };
    for (const [id, change] of Object.entries(changes)) {
      await add(id);
      await downloading(id);
      await list.pause(id);
      await Promise.all([change(id), list.remove(id)]);
      assert.ok(told.lastIndexOf(id) < told.indexOf(`${id} is gone`), `of ${id}`);
    }
    assert.equal(list.runningTasks, 0);
  });

  it('changes places in the queue', async () => {
    list.configure({ parallelTasks: 1, lanesPerTask: 4, findChecksums: false });
    for (const id of ['aaaaaaaa', 'bbbbbbbb', 'cccccccc']) await add(id);
    await downloading('aaaaaaaa');
    await list.swap('cccccccc', 'up');
    await list.swap('cccccccc', 'up');
    await completed('aaaaaaaa');
    await downloading('cccccccc');
    assert.equal(state('bbbbbbbb'), 'queued');
  });
});
