import assert from 'node:assert/strict';
import { randomInt, randomUUID } from 'node:crypto';
import { fidKey } from '../../../../../src/engine/protocols/hub/fidKey.ts';
import { DEFAULT_HUB_LIMITS, type HubLimits } from '../../../../../src/engine/protocols/hub/hubLimits.ts';
import { type ClientId, type HubAction, HubMachine } from '../../../../../src/engine/protocols/hub/hubMachine.ts';
import type { HubFileRecord, HubMessage } from '../../../../../src/engine/protocols/hub/hubMessages.ts';
import { SeededRandom } from '../../seededRandom.ts';
import { mutate } from '../mutate.ts';

/** What parsers stumble over. */
const TOKENS = ['{', '}', '"', 'null', '-1', '1e999', '__proto__', '\\u0000', ','];

type Said = HubMessage & { readonly [field: string]: unknown };

/** A hub in memory: whatever it says is kept by client, whatever it asks for is kept in a list. */
class Fixture {
  readonly machine: HubMachine;
  readonly said = new Map<ClientId, Said[]>();
  readonly asked: Exclude<HubAction, { kind: 'send' }>[] = [];
  #nowMs = 0;

  constructor(limits: Partial<HubLimits> = {}, key = '') {
    this.machine = new HubMachine(
      { keyIsRight: (given) => given === key, uidOf: (name, address, n) => `${name}@${address}#${n}` },
      { files: [], limits: { ...DEFAULT_HUB_LIMITS, ...limits } },
    );
  }

  join(id: ClientId, name = `client ${id}`): Said[] {
    this.take(this.machine.connected(id, '127.0.0.1'));
    return this.say(id, { type: 'HELLO', name });
  }

  /** @returns what this client hears because of it */
  say(id: ClientId, message: object | string | null): Said[] {
    const before = this.heard(id).length;
    const line = typeof message === 'string' || message === null ? message : JSON.stringify(message);
    this.#nowMs += 1000;
    this.take(this.machine.received(id, line, this.#nowMs));
    return this.heard(id).slice(before);
  }

  take(actions: readonly HubAction[]): void {
    for (const action of actions) {
      if (action.kind !== 'send') {
        this.asked.push(action);
        continue;
      }
      for (const line of action.line.split('\n').filter(Boolean))
        for (const id of action.to) this.said.set(id, [...this.heard(id), JSON.parse(line) as Said]);
    }
  }

  heard(id: ClientId): readonly Said[] {
    return this.said.get(id) ?? [];
  }

  /** Fids of uploads that were asked for, in that order. */
  get opened(): string[] {
    return this.asked.flatMap((action) => (action.kind === 'openUpload' ? [action.offer.fid] : []));
  }

  store(fid: string, by = 1): void {
    const member = this.machine.memberOf(by);
    const file: HubFileRecord = {
      fid,
      filename: 'a',
      size: 1,
      sha256: '0'.repeat(64),
      uploader: member?.name ?? '',
      uploader_uid: member?.uid ?? '',
      uploaded_at: '2026-01-01T00:00:00.000Z',
    };
    this.take(this.machine.uploadEnded(fid, { kind: 'stored', file }));
  }
}

function offer(fid: string = randomUUID(), more: object = {}): { fid: string } {
  return { type: 'FILE_OFFER', fid, filename: 'a', size: 1, ...more } as { fid: string };
}

describe('HubMachine', () => {
  it('welcomes with a uid that no other member has, and the same one when it comes back', () => {
    const hub = new Fixture();
    const [first] = hub.join(1, 'anna');
    const [second] = hub.join(2, 'anna');
    assert.equal(first?.type, 'WELCOME');
    assert.notEqual(first?.uid, second?.uid);
    hub.take(hub.machine.disconnected(1));
    assert.equal(hub.join(3, 'anna')[0]?.uid, first?.uid);
  });

  it('announces a stored file to all who have said HELLO, and to nobody twice', () => {
    const hub = new Fixture();
    hub.join(1);
    hub.join(2);
    hub.take(hub.machine.connected(3, '127.0.0.1'));
    const { fid } = offer();
    hub.say(1, offer(fid));
    assert.deepEqual(hub.opened, [fid]);
    hub.take(hub.machine.uploadOpened(fid, 4000, 0));
    assert.deepEqual(hub.heard(1).at(-1), { type: 'FILE_UPLOAD_PORT', fid, port: 4000, offset: 0 });
    hub.store(fid);
    for (const id of [1, 2])
      assert.deepEqual(
        hub.heard(id).flatMap((message) => (message.type === 'FILE_AVAILABLE' ? [message.fid] : [])),
        [fid],
      );
    assert.deepEqual(hub.heard(3), []);
    assert.equal((hub.say(3, { type: 'HELLO', name: 'late' })[0]?.files as unknown[] | undefined)?.length, 1);
  });

  it('lets uploads wait for their turn: in order, and no client takes more than it leaves', () => {
    const hub = new Fixture({ uploads: 5, uploadsPerClient: 3 });
    hub.join(1);
    hub.join(2);
    const fids = Array.from({ length: 7 }, () => randomUUID());
    for (const [n, fid] of fids.entries()) hub.say(n < 5 ? 1 : 2, offer(fid));
    // The fourth is one more than a client may have; the last one would leave nothing for a third client.
    assert.deepEqual(hub.opened, [fids[0], fids[1], fids[2], fids[5]]);
    hub.store(fids[0] ?? '');
    assert.deepEqual(hub.opened.slice(4), [fids[6]]);
    hub.take(hub.machine.uploadEnded(fids[5] ?? '', { kind: 'refused', code: 'too-few-bytes', message: '' }));
    assert.equal(hub.heard(2).at(-1)?.code, 'too-few-bytes');
    hub.store(fids[1] ?? '');
    assert.deepEqual(hub.opened.slice(5), [fids[3]]);
  });

  it('a client that was cut off and comes back gets its upload as soon as the old attempt has ended', () => {
    const hub = new Fixture();
    hub.join(1, 'anna');
    const { fid } = offer();
    hub.say(1, offer(fid));
    hub.take(hub.machine.disconnected(1));
    hub.join(2, 'anna');
    assert.deepEqual(hub.say(2, offer(fid)), []);
    assert.deepEqual(hub.asked.at(-1), { kind: 'endUpload', fid });
    assert.equal(hub.say(2, offer(fid))[0]?.code, 'fid-taken');
    assert.equal(hub.opened.length, 1);
    hub.take(hub.machine.uploadEnded(fid, { kind: 'refused', code: 'not-connected', message: '' }));
    assert.deepEqual(hub.opened, [fid, fid]);
    assert.deepEqual(
      hub.heard(1).filter(({ type }) => type === 'ERROR'),
      [],
    );
    hub.store(fid, 2);
    assert.equal(hub.heard(2).at(-1)?.type, 'FILE_AVAILABLE');
  });

  it('a client that is back takes no room a second time for what it goes on with', () => {
    for (const limits of [{ totalBytes: 100 }, { files: 1 }]) {
      const hub = new Fixture(limits);
      hub.join(1, 'anna');
      const upload = offer(randomUUID(), { size: 60 });
      hub.say(1, upload);
      hub.take(hub.machine.disconnected(1));
      hub.join(2, 'anna');
      assert.deepEqual(hub.say(2, upload), [], JSON.stringify(limits));
      hub.take(hub.machine.uploadEnded(upload.fid, { kind: 'refused', code: 'not-connected', message: '' }));
      assert.deepEqual(hub.opened, [upload.fid, upload.fid]);
    }
  });

  it('a client that is back may take its offer back while the old attempt is still ending', () => {
    const hub = new Fixture();
    hub.join(1, 'anna');
    const upload = offer();
    hub.say(1, upload);
    hub.take(hub.machine.disconnected(1));
    hub.join(2, 'anna');
    hub.say(2, upload);
    assert.deepEqual(hub.say(2, { type: 'FILE_REMOVE', fid: upload.fid }), [{ type: 'FILE_REMOVED', fid: upload.fid }]);
    hub.take(hub.machine.uploadEnded(upload.fid, { kind: 'refused', code: 'not-connected', message: '' }));
    assert.deepEqual(hub.opened, [upload.fid]);
    assert.equal(hub.machine.uploads, 0);
  });

  it('offers that wait are forgotten with their client', () => {
    const hub = new Fixture({ uploads: 1 });
    hub.join(1);
    hub.join(2);
    const running = offer();
    hub.say(2, running);
    for (let n = 0; n < 5; n++) hub.say(1, offer());
    hub.take(hub.machine.disconnected(1));
    assert.equal(hub.machine.uploads, 1);
    hub.store(running.fid, 2);
    assert.deepEqual(hub.opened, [running.fid]);
  });

  it('removes for the uploader only, and for the same name from the same machine', () => {
    const hub = new Fixture();
    hub.join(1, 'anna');
    hub.join(2, 'bob');
    const { fid } = offer();
    hub.say(1, offer(fid));
    hub.store(fid, 1);
    assert.equal(hub.say(2, { type: 'FILE_REMOVE', fid })[0]?.code, 'not-the-uploader');
    // Whoever takes the name of somebody who is here is told apart by its uid.
    hub.join(3, 'anna');
    assert.equal(hub.say(3, { type: 'FILE_REMOVE', fid })[0]?.code, 'not-the-uploader');
    hub.take(hub.machine.disconnected(1));
    hub.say(3, { type: 'FILE_REMOVE', fid: fid.toUpperCase() });
    assert.deepEqual(hub.asked.at(-1), { kind: 'deleteFile', fid });
    hub.take(hub.machine.deleteEnded(fid, { deleted: true }));
    for (const id of [2, 3]) assert.deepEqual(hub.heard(id).at(-1), { type: 'FILE_REMOVED', fid });
    assert.equal(hub.say(3, { type: 'FILE_REMOVE', fid })[0]?.code, 'unknown-fid');
  });

  it('tells of a removal when it is true, and gives the fid away again only then', () => {
    const hub = new Fixture();
    hub.join(1);
    hub.join(2);
    const again = offer();
    const { fid } = again;
    hub.say(1, again);
    hub.store(fid);
    assert.deepEqual(hub.say(1, { type: 'FILE_REMOVE', fid }), []);
    assert.deepEqual(hub.say(1, { type: 'FILE_REMOVE', fid }), []);
    assert.equal(hub.say(2, { type: 'FILE_REQUEST', fid })[0]?.code, 'unknown-fid');
    assert.deepEqual(hub.say(1, again), []);
    assert.deepEqual(hub.opened, [fid]);
    hub.take(hub.machine.deleteEnded(fid, { deleted: true }));
    for (const id of [1, 2]) assert.equal(hub.heard(id).filter(({ type }) => type === 'FILE_REMOVED').length, 1);
    assert.deepEqual(hub.opened, [fid, fid]);
    assert.equal(hub.asked.filter(({ kind }) => kind === 'deleteFile').length, 1);
  });

  it('a file that could not be removed stays listed', () => {
    const hub = new Fixture();
    hub.join(1);
    hub.join(2);
    const again = offer();
    const { fid } = again;
    hub.say(1, again);
    hub.store(fid);
    hub.say(1, { type: 'FILE_REMOVE', fid });
    const before = hub.heard(2).length;
    hub.take(hub.machine.deleteEnded(fid, { deleted: false }));
    assert.equal(hub.heard(1).at(-1)?.code, 'cannot-store');
    assert.equal(hub.heard(2).length, before);
    assert.deepEqual(hub.say(2, { type: 'FILE_REQUEST', fid }), []);
    assert.equal(hub.say(1, again)[0]?.code, 'fid-taken');
  });

  it('takes back an offer that waits, and one that runs once it has ended', () => {
    const hub = new Fixture({ uploads: 1 });
    hub.join(1);
    hub.join(2);
    const [running, waiting] = [offer(), offer()];
    hub.say(1, running);
    hub.say(1, waiting);
    const remove = ({ fid }: { fid: string }, id = 1): Said[] => hub.say(id, { type: 'FILE_REMOVE', fid });
    assert.equal(remove(running, 2)[0]?.code, 'unknown-fid');
    assert.deepEqual(remove(waiting), [{ type: 'FILE_REMOVED', fid: waiting.fid }]);
    assert.deepEqual(remove(running), []);
    assert.deepEqual(hub.asked.at(-1), { kind: 'cancelUpload', fid: running.fid });
    hub.take(hub.machine.uploadEnded(running.fid, { kind: 'refused', code: 'not-connected', message: '' }));
    assert.deepEqual(hub.heard(1).at(-1), { type: 'FILE_REMOVED', fid: running.fid });
    // Or it was whole a moment before that: then it goes like any other file.
    const late = offer();
    hub.say(1, late);
    remove(late);
    hub.store(late.fid);
    assert.deepEqual(hub.asked.at(-1), { kind: 'deleteFile', fid: late.fid });
    hub.take(hub.machine.deleteEnded(late.fid, { deleted: true }));
    assert.deepEqual(hub.machine.files, []);
    assert.deepEqual(hub.opened, [running.fid, late.fid]);
  });

  it('gives ranges of a file, and bounds how many a client may have', () => {
    const hub = new Fixture({ downloadsPerClient: 2 });
    hub.join(1);
    const { fid } = offer();
    hub.say(1, offer(fid));
    hub.store(fid);
    for (let n = 0; n < 2; n++) hub.say(1, { type: 'FILE_REQUEST', fid });
    assert.deepEqual(hub.asked.at(-1), { kind: 'openDownload', client: 1, fid, offset: 0, length: 1 });
    assert.equal(hub.say(1, { type: 'FILE_REQUEST', fid })[0]?.code, 'too-many-requests');
    hub.machine.downloadEnded(1);
    assert.deepEqual(hub.say(1, { type: 'FILE_REQUEST', fid }), []);
  });

  it('counts downloads of those who have left, and leaves some for whoever comes later', () => {
    const hub = new Fixture({ downloads: 4, downloadsPerClient: 3 });
    hub.join(1);
    const { fid } = offer();
    hub.say(1, offer(fid));
    hub.store(fid);
    const ask = (id: ClientId): unknown => hub.say(id, { type: 'FILE_REQUEST', fid })[0]?.code;
    assert.deepEqual([ask(1), ask(1), ask(1)], [undefined, undefined, 'too-many-requests']);
    hub.take(hub.machine.disconnected(1));
    for (const id of [2, 3]) hub.join(id);
    assert.deepEqual([ask(2), ask(2)], [undefined, 'too-many-requests']);
    for (let n = 0; n < 2; n++) hub.machine.downloadEnded(1);
    assert.deepEqual([ask(2), ask(3), ask(3)], [undefined, undefined, 'too-many-requests']);
  });

  it('silent connections keep nobody out: the oldest one makes room, members are counted on their own', () => {
    const hub = new Fixture({ clients: 2, strangers: 2 });
    for (let id = 1; id <= 5; id++) hub.take(hub.machine.connected(id, '127.0.0.1'));
    assert.deepEqual(
      hub.asked,
      [1, 2, 3].map((client) => ({ kind: 'cutOff', client })),
    );
    for (const id of [4, 5]) assert.equal(hub.say(id, { type: 'HELLO', name: 'a' })[0]?.type, 'WELCOME');
    assert.equal(hub.join(6)[0]?.code, 'too-many-clients');
    assert.deepEqual(hub.asked.at(-1), { kind: 'close', client: 6 });
    hub.take(hub.machine.disconnected(4));
    assert.equal(hub.join(7)[0]?.type, 'WELCOME');
  });

  it('the wrong key closes the connection', () => {
    const hub = new Fixture({}, 'right');
    for (const key of [undefined, null, '', 'wrong', 'right ']) {
      hub.take(hub.machine.connected(1, '127.0.0.1'));
      assert.equal(hub.say(1, { type: 'HELLO', name: 'a', key })[0]?.code, 'bad-key');
      assert.deepEqual(hub.asked.at(-1), { kind: 'close', client: 1 });
      hub.said.clear();
    }
    hub.take(hub.machine.connected(1, '127.0.0.1'));
    assert.equal(hub.say(1, { type: 'HELLO', name: 'a', key: 'right' })[0]?.type, 'WELCOME');
  });

  it('whatever is said to it in whatever order: it throws nothing, and lists nothing that was not stored', () => {
    const seed = randomInt(1_000_000);
    const random = new SeededRandom(seed);
    const hub = new Fixture({ uploads: 3, uploadsPerClient: 2, offersPerClient: 5, files: 20 });
    const fids = Array.from({ length: 12 }, () => randomUUID());
    const stored = new Set<string>();
    const here = new Set<ClientId>();
    const pick = <T>(list: readonly T[]): T => list[random.between(0, list.length - 1)] as T;
    const messages = (): object[] => [
      { type: 'HELLO', name: 'x' },
      offer(pick(fids)),
      offer(pick(fids), { size: random.between(-2, 5) }),
      { type: 'FILE_REQUEST', fid: pick(fids), offset: random.between(-1, 2) },
      { type: 'FILE_LIST' },
      { type: 'FILE_REMOVE', fid: pick(fids) },
    ];
    for (let step = 0; step < 5000; step++) {
      const id = random.between(1, 6);
      switch (random.between(0, 9)) {
        case 0:
          if (!here.delete(id)) hub.take(hub.machine.connected(id, '127.0.0.1'));
          else hub.take(hub.machine.disconnected(id));
          if (hub.machine.memberOf(id) === null) hub.join(id);
          here.add(id);
          break;
        case 1: {
          const fid = pick(fids);
          if (!hub.opened.includes(fid) || hub.machine.fileOf(fid) !== null) break;
          if (random.between(0, 1) === 0) {
            hub.store(fid, id);
            stored.add(fidKey(fid));
          } else hub.take(hub.machine.uploadEnded(fid, { kind: 'refused', code: 'too-few-bytes', message: '' }));
          break;
        }
        case 2:
          hub.say(id, mutate(JSON.stringify(pick(messages())), random, TOKENS));
          break;
        default:
          hub.say(id, pick(messages()));
      }
      for (const { fid } of hub.machine.files) assert.ok(stored.has(fidKey(fid)), `seed ${seed}`);
    }
  });
});
