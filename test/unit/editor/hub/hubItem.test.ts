import assert from 'node:assert/strict';
import { fillTemplate } from '../../../../src/contract/errors.ts';
import type { TaskSnapshot } from '../../../../src/contract/task.ts';
import { type HubItemContext, hubItem, hubTooltip } from '../../../../src/editor/hub/hubItem.ts';
import type { HubMirror } from '../../../../src/editor/hub/hubMirror.ts';
import type { HubNode } from '../../../../src/editor/hub/hubNode.ts';
import { latestDownloads } from '../../../../src/editor/latestDownloads.ts';
import { TaskMirror } from '../../../../src/editor/taskMirror.ts';
import type { Translate } from '../../../../src/editor/translate.ts';
import { sampleTask } from '../sampleTask.ts';
import { HUB, mirrorWith, sampleFile, sampleJoined, sampleOwn, sampleUpload } from './sampleHub.ts';

const t: Translate = (message, args = {}) => fillTemplate(message, args);
const NOON = new Date(2026, 10, 20, 12, 0).toISOString();
const FILE: HubNode = { kind: 'hubFile', hub: HUB, fid: 'a' };
const ROOT: HubNode = { kind: 'hub', hub: HUB };

function context(mirror: HubMirror, tasks: readonly TaskSnapshot[] = []): HubItemContext {
  const downloads = new TaskMirror();
  downloads.replaceAll(tasks);
  const when = { nowMs: new Date(2026, 10, 20, 13, 0).getTime(), locale: 'de' };
  return { mirror, taskOf: latestDownloads(downloads, 'hub'), when, t };
}

function fetched(status: TaskSnapshot['status'], createdAt = 1): TaskSnapshot {
  const sources = [{ kind: 'hub', address: `hub://${HUB}/a`, receivedBytes: 0, error: null }] as const;
  return sampleTask({ id: `task${createdAt}`, sources, status, createdAt, receivedBytes: 420, sizeBytes: 1000 });
}

const COMPLETED = { state: 'completed', verification: 'verified', sha256: null, finishedAt: 2 } as const;

describe('a file in the Share Hub view', () => {
  const mirror = mirrorWith([sampleFile('a', { name: 'model.gguf', uploadedAt: NOON })]);

  it('tells size, who and when, and is downloaded by a click', () => {
    const item = hubItem(FILE, context(mirror));
    assert.equal(item?.label, 'model.gguf');
    assert.equal(item?.description, '1.0 MB · Ben · 12:00');
    assert.deepEqual(item?.click, { command: 'download' });
    assert.equal(item?.icon, null);
    assert.equal(item?.contextValue, 'hubFile.there');
    assert.equal(item?.accessibilityLabel, 'model.gguf, 1.0 MB, Ben, 12:00');
  });

  it('tells the owner of the hub who takes it', () => {
    const takers = [{ fid: 'a', fetching: 2, served: 5 }];
    const owned = mirrorWith([sampleFile('a', { uploadedAt: NOON })], {
      own: sampleOwn({ takers }),
      joined: [sampleJoined({ own: true })],
    });
    assert.equal(hubItem(FILE, context(owned))?.description, '2 fetching · 5 have it · 1.0 MB · Ben · 12:00');
    const told = hubTooltip(FILE, context(owned)).find(({ label }) => label === 'Others');
    assert.equal(told?.value, '2 fetching · 5 have it');
  });

  it('tells of a single one that it has it', () => {
    const own = sampleOwn({ takers: [{ fid: 'a', fetching: 0, served: 1 }] });
    const owned = mirrorWith([sampleFile('a', { uploadedAt: NOON })], { own, joined: [sampleJoined({ own: true })] });
    assert.equal(hubItem(FILE, context(owned))?.description, '1 has it · 1.0 MB · Ben · 12:00');
  });

  it('leaves room behind a long name for what happens to it', () => {
    const name = 'llama-3.3-70b-instruct-q4_k_m.gguf';
    const long = [sampleFile('a', { name, uploadedAt: NOON })];
    const own = sampleOwn({ takers: [{ fid: 'a', fetching: 1, served: 0 }] });
    const taken = hubItem(FILE, context(mirrorWith(long, { own, joined: [sampleJoined({ own: true })] })));
    assert.deepEqual([taken?.label, taken?.name], ['llama-3.3-70b-i…4_k_m.gguf', name]);
    assert.match(taken?.accessibilityLabel ?? '', /^llama-3\.3-70b-instruct-q4_k_m\.gguf, /);
    assert.equal(hubItem(FILE, context(mirrorWith(long), [fetched({ state: 'queued' })]))?.label, taken?.label);
    for (const tasks of [[], [fetched(COMPLETED)]]) {
      assert.equal(hubItem(FILE, context(mirrorWith(long), tasks))?.label, name);
    }
  });

  it('tells how far its download is', () => {
    const active = {
      state: 'active',
      phase: 'downloading',
      bytesPerSecond: 2_000_000,
      secondsLeft: 3,
      lanes: 2,
      waiting: null,
    } as const;
    const cases: [status: TaskSnapshot['status'], description: string, icon: string, click: string][] = [
      [active, '42 % · 2.0 MB/s · 3 s left', 'arrow-down', 'showPanel'],
      [{ state: 'queued' }, 'Queued · 42 % of 1.0 kB', 'history', 'showPanel'],
      [{ state: 'paused', reason: null }, 'Paused · 42 % of 1.0 kB', 'debug-pause', 'showPanel'],
      [
        { state: 'failed', error: { code: 'hub-file-gone', args: { host: HUB } } },
        `Failed · The file is no longer on the hub ${HUB}.`,
        'error',
        'showPanel',
      ],
      [
        { state: 'failed', error: { code: 'connection-refused', args: { host: HUB } }, retryAt: 1 },
        `42 % of 1.0 kB · waiting to try again · ${HUB} refused the connection; check that the server is running.`,
        'warning',
        'showPanel',
      ],
      [COMPLETED, '1.0 MB · Ben · 12:00 · downloaded', 'pass', 'open'],
    ];
    for (const [status, description, icon, click] of cases) {
      const item = hubItem(FILE, context(mirror, [fetched(status)]));
      assert.equal(item?.description, description);
      assert.equal(item?.icon?.id, icon);
      const taskId = click === 'showPanel' ? { taskId: 'task1' } : {};
      assert.deepEqual(item?.click, { command: click, ...taskId });
    }
  });

  it('is another line in each phase of its download', () => {
    for (const phase of ['connecting', 'downloading', 'verifying'] as const) {
      const active = { state: 'active', phase, bytesPerSecond: 0, secondsLeft: null, lanes: 1, waiting: null } as const;
      assert.equal(hubItem(FILE, context(mirror, [fetched(active)]))?.contextValue, `hubFile.${phase}`);
    }
  });

  it('goes by the latest of several downloads', () => {
    const item = hubItem(FILE, context(mirror, [fetched({ state: 'queued' }, 7), fetched(COMPLETED, 3)]));
    assert.equal(item?.contextValue, 'hubFile.downloading');
  });

  it('can be removed by who shared it, and by whose hub it is', () => {
    const own = { own: sampleOwn(), joined: [sampleJoined({ own: true })] };
    for (const removable of [mirrorWith([sampleFile('a', { mine: true })]), mirrorWith([sampleFile('a')], own)]) {
      assert.equal(hubItem(FILE, context(removable))?.contextValue, 'hubFile.there.removable');
    }
    const mine = mirrorWith([sampleFile('a', { mine: true, uploadedAt: NOON })]);
    assert.equal(hubItem(FILE, context(mine))?.description, '1.0 MB · you · 12:00');
    assert.equal(hubItem(FILE, context(mine))?.click, null);
  });

  it('is nothing when it is gone', () => {
    assert.equal(hubItem({ ...FILE, fid: 'b' }, context(mirror)), null);
    assert.deepEqual(hubTooltip({ ...FILE, fid: 'b' }, context(mirror)), []);
  });

  it('has all of it in its tooltip', () => {
    const lines = hubTooltip(FILE, context(mirror, [fetched(COMPLETED)]));
    assert.deepEqual(
      lines.map(({ label }) => label),
      ['Size', 'Shared by', 'Shared', 'Download', 'To', 'SHA-256'],
    );
  });
});

describe('a file on its way to a hub', () => {
  it('tells how far it is', () => {
    const error = { code: 'share-changed', args: { path: '/work/u.bin' } } as const;
    const half = { sentBytes: 500_000 };
    const cases: [upload: Parameters<typeof sampleUpload>[1], description: string, contextValue: string][] = [
      [{}, '1.0 MB · waiting to be sent', 'hubUpload.active'],
      [
        { ...half, status: { state: 'active', bytesPerSecond: 100_000, waiting: null } },
        '50 % · 100 kB/s · 5 s left',
        'hubUpload.active',
      ],
      [{ status: { state: 'active', bytesPerSecond: 0, waiting: null } }, '0 % · 0 B/s', 'hubUpload.active'],
      [
        { ...half, status: { state: 'active', bytesPerSecond: 0, waiting: error } },
        '50 % · waiting to try again',
        'hubUpload.active',
      ],
      [{ status: { state: 'checking' } }, 'verifying…', 'hubUpload.active'],
      [{ status: { state: 'failed', error } }, 'changed meanwhile; retry shares it as it is now', 'hubUpload.failed'],
    ];
    for (const [upload, description, contextValue] of cases) {
      const mirror = mirrorWith([], { uploads: [sampleUpload('u', upload)] });
      const item = hubItem({ kind: 'hubUpload', hub: HUB, id: 'u' }, context(mirror));
      assert.equal(item?.description, description);
      assert.equal(item?.contextValue, contextValue);
    }
  });
});

describe('a hub in the Share Hub view', () => {
  const refused = { code: 'connection-refused', args: { host: HUB } } as const;
  const own = sampleOwn();
  const keyed = sampleOwn({ hasKey: true, addresses: ['192.168.1.5:8090', '10.0.0.2:8090'] });
  const cases: [what: string, mirror: HubMirror, label: string, description: string, contextValue: string][] = [
    ['joined', mirrorWith([sampleFile('a')]), HUB, '1 file', 'hub.other.joined'],
    [
      'away',
      mirrorWith([], { joined: [sampleJoined({ state: 'waiting', error: refused })] }),
      HUB,
      'cannot be reached now, is tried again',
      'hub.other.waiting',
    ],
    [
      'locked',
      mirrorWith([], { joined: [sampleJoined({ state: 'key-needed' })] }),
      HUB,
      'needs its key',
      'hub.other.key-needed',
    ],
    [
      'own, for this computer',
      mirrorWith([], { own, joined: [sampleJoined({ own: true })] }),
      'Your Hub',
      `${HUB} · this computer only · 0 files`,
      'hub.own.joined',
    ],
    [
      'own, for the network',
      mirrorWith([], { own: keyed, joined: [sampleJoined({ own: true })] }),
      'Your Hub',
      '192.168.1.5:8090 · 0 files',
      'hub.own.joined.key',
    ],
    [
      'own, waiting for its key',
      mirrorWith([], { own: { ...keyed, state: 'key-needed' }, joined: [] }),
      'Your Hub',
      '192.168.1.5:8090 · needs its key',
      'hub.own.key-needed.key',
    ],
  ];
  for (const [what, mirror, label, description, contextValue] of cases) {
    it(`is told as ${what}`, () => {
      const item = hubItem(ROOT, context(mirror));
      assert.deepEqual([item?.label, item?.description, item?.contextValue], [label, description, contextValue]);
    });
  }

  it('is another line for the editor when it can be unfolded, since one that was empty would stay folded', () => {
    const none = hubItem(
      ROOT,
      context(mirrorWith([], { joined: [sampleJoined({ state: 'connecting', members: [] })] })),
    );
    const some = hubItem(ROOT, context(mirrorWith([sampleFile('a')])));
    assert.deepEqual([none?.children, some?.children], ['none', 'expanded']);
    assert.notEqual(none?.id, some?.id);
  });

  it('has nothing to unfold while it is away', () => {
    const away = mirrorWith([], { joined: [sampleJoined({ state: 'waiting', error: refused })] });
    assert.equal(hubItem(ROOT, context(away))?.children, 'none');
    assert.equal(hubItem(ROOT, context(mirrorWith([])))?.children, 'expanded');
  });

  it('says why it is of no use', () => {
    const error = { code: 'not-a-hub', args: { host: HUB } } as const;
    const other = mirrorWith([], { joined: [sampleJoined({ state: 'waiting', error })] });
    // The address is the line's name.
    assert.equal(hubItem(ROOT, context(other))?.description, 'is not a share hub');
  });

  it('names some of its members', () => {
    const members = ['Anna', 'Ben', 'Cem', 'Dora', 'Eli'];
    const line: HubNode = { kind: 'hubMembers', hub: HUB };
    const mirror = mirrorWith([], { joined: [sampleJoined({ members })] });
    // Somebody else's hub tells nobody who else is there.
    assert.equal(hubItem(line, context(mirror))?.description, 'Anna, Ben, Cem, Dora, …');
    const joined = [sampleJoined({ own: true, members: [...members, 'Fay'] })];
    const ownHub = mirrorWith([], { own: sampleOwn({ members: ['Ben', 'Anna', 'Cem', 'Dora', 'Anna'] }), joined });
    assert.equal(hubItem(line, context(ownHub))?.description, '5 · Anna, Ben, Cem, Dora, …');
    const namesake = hubItem({ kind: 'hubMember', hub: HUB, name: 'Anna', index: 4 }, context(ownHub));
    assert.equal(namesake?.description, '');
    const me = hubItem({ kind: 'hubMember', hub: HUB, name: 'Anna', index: 0 }, context(mirror));
    assert.equal(me?.description, 'you');
  });
});
