import assert from 'node:assert/strict';
import { type FilesHeard, HubMembership } from '../../src/engine/hubMembership.ts';
import { HubSessions } from '../../src/engine/net/hubSessions.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { type HubSide, hubRecord, startScriptedHub } from '../support/hub/scriptedHub.ts';
import { useScope } from '../support/scope.ts';
import { waitFor } from '../support/waitFor.ts';

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
