import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type FilesHeard, HubMembership } from '../../src/engine/hubMembership.ts';
import type { HubPlace } from '../../src/engine/net/hubSession.ts';
import { HubSessions } from '../../src/engine/net/hubSessions.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { type HubSide, hubRecord, startScriptedHub } from '../support/hub/scriptedHub.ts';
import { useScope } from '../support/scope.ts';
import { waitFor } from '../support/waitFor.ts';
import { assertCode, rejection } from '../unit/engine/assertCode.ts';

describe('a membership in a hub whose WELCOME has no room for all files', () => {
  const scope = useScope();
  const fidOf = (n: number): string => `0000000${n}-0000-4000-8000-000000000000`;
  const file = (n: number): object => ({
    ...hubRecord({ fid: fidOf(n), filename: `${n}.bin`, size: n }),
    uploaded_at: `2026-01-0${n}T00:00:00.000Z`,
  });

  it('keeps the older ones over a reconnect, and drops those that are gone', async () => {
    const sides: HubSide[] = [];
    const hub = await startScriptedHub(scope, {
      welcome: () => [file(3)],
      answer: (side, { type }) => {
        if (type === 'HELLO') sides.push(side);
        if (type !== 'FILE_LIST') return false;
        // The second one has lost a file and got one.
        if (side.connection === 1) for (const n of [1, 2]) side.say({ type: 'FILE_AVAILABLE', ...file(n) });
        side.say({ type: 'FILE_LIST', files: (side.connection === 1 ? [1, 2, 3] : [2, 3, 4]).map(file) });
        return true;
      },
    });
    const sessions = new HubSessions(() => 'tester');
    const place = { host: '127.0.0.1', port: hub.port, key: null };
    const member = new HubMembership({ sessions, clock: systemClock, random: () => 0 }, place, []);
    scope.defer(() => {
      member.dispose();
      sessions.close();
    });
    const heard: FilesHeard[] = [];
    member.onDidHear((what) => heard.push(what));
    member.start();
    await waitFor('all files', () => member.files.length === 3);
    sides[0]?.socket.destroy();
    await waitFor('the removal', () => member.files.every(({ fid }) => fid !== fidOf(1)));
    assert.deepEqual(member.files.map(({ fid }) => fid).sort(), [2, 3, 4].map(fidOf));
    const fids = (files: readonly { readonly fid: string }[]): string[] => files.map(({ fid }) => fid);
    assert.deepEqual(
      heard.flatMap(({ removed }) => removed),
      [fidOf(1)],
    );
    assert.deepEqual(heard.flatMap(({ added }) => fids(added)).sort(), [1, 2, 3, 4].map(fidOf));
    // What was there before it came is no news; what came while it was away is.
    assert.deepEqual(
      heard.flatMap(({ news }) => fids(news)),
      [fidOf(4)],
    );
  });
});

describe('a membership in a hub', () => {
  const scope = useScope();

  interface Joined {
    readonly member: HubMembership;
    readonly sessions: HubSessions;
    readonly place: HubPlace;
  }

  function join(port: number): Joined {
    const sessions = new HubSessions(() => 'tester');
    const place = { host: '127.0.0.1', port, key: null };
    const member = new HubMembership({ sessions, clock: systemClock, random: () => 0 }, place, []);
    scope.defer(() => {
      member.dispose();
      sessions.close();
    });
    member.start();
    return { member, sessions, place };
  }

  it('hears nothing more once it has ended, though others go on using the connection', async () => {
    const sides: HubSide[] = [];
    const hub = await startScriptedHub(scope, {
      answer: (side, { type }) => {
        if (type === 'HELLO') sides.push(side);
        return false;
      },
    });
    const { member, sessions, place } = join(hub.port);
    await waitFor('the welcome', () => member.state === 'joined');
    const other = sessions.lease(place);
    scope.defer(() => other.dispose());
    member.dispose();
    const record = hubRecord({ fid: randomUUID(), filename: 'late.bin', size: 1 });
    sides[0]?.say({ type: 'FILE_AVAILABLE', ...record });
    await waitFor('the others to hear of it', () => other.current?.fileOf(record.fid) != null);
    assert.deepEqual(member.files, []);
  });

  it('tells of a removed file by the fid that it was announced by, however the hub writes it then', async () => {
    const sides: HubSide[] = [];
    const hub = await startScriptedHub(scope, {
      answer: (side, { type }) => {
        if (type === 'HELLO') sides.push(side);
        return false;
      },
    });
    const { member } = join(hub.port);
    const removed: string[] = [];
    member.onDidHear((heard) => removed.push(...heard.removed));
    await waitFor('the welcome', () => member.state === 'joined');
    const fid = randomUUID().toUpperCase();
    sides[0]?.say({ type: 'FILE_AVAILABLE', ...hubRecord({ fid, filename: 'a.bin', size: 1 }) });
    await waitFor('the file', () => member.files.length === 1);
    sides[0]?.say({ type: 'FILE_REMOVED', fid: fid.toLowerCase() });
    await waitFor('its removal', () => member.files.length === 0);
    assert.deepEqual(removed, [fid]);
  });

  it('remembers no more files than its connection, however many the hub tells of', async () => {
    const most = 100_000;
    const files = Array.from({ length: most + 5 }, (_, n) =>
      hubRecord({ fid: n.toString(16).padStart(32, '0'), filename: 'a', size: n }),
    );
    const hub = await startScriptedHub(scope, {
      answer: (side, { type, fid }) => {
        if (type === 'FILE_REQUEST') side.say({ type: 'ERROR', code: 'unknown-fid', message: '', fid });
        if (type !== 'FILE_LIST') return false;
        for (let n = 0; n < files.length; n += 20_000)
          side.say({ type: 'FILE_LIST', files: files.slice(n, n + 20_000) });
        return true;
      },
    });
    const { member, sessions, place } = join(hub.port);
    await waitFor('the first files', () => member.files.length > 0);
    const lease = sessions.lease(place);
    scope.defer(() => lease.dispose());
    await waitFor('as many files as a client takes', () => lease.current?.files.length === most, 60_000);
    // A hub answers in order: with this answer, all files have been told of.
    const request = { fid: randomUUID(), offset: 0, length: 1 };
    const answer = lease.current?.requestDownload(request, { signal: new AbortController().signal });
    assertCode(await rejection(Promise.resolve(answer)), 'hub-file-gone');
    assert.equal(member.files.length, most);
  });
});
