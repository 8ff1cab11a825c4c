import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { HubMembership } from '../../src/engine/hubMembership.ts';
import { HubSessions } from '../../src/engine/net/hubSessions.ts';
import type { HubFileRecord } from '../../src/engine/protocols/hub/hubMessages.ts';
import { shareFid } from '../../src/engine/share/shareFid.ts';
import { uploadToHub } from '../../src/engine/share/uploadToHub.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { Content } from '../support/content.ts';
import { freePort } from '../support/freePort.ts';
import { type HubProcess, startHubProcess } from '../support/hub/hubProcess.ts';
import { type HubTalk, joinHub } from '../support/hub/hubTalk.ts';
import type { HubLine } from '../support/hub/pythonHubClient.ts';
import { useScope } from '../support/scope.ts';
import { sha256OfFile } from '../support/sha256OfFile.ts';
import { tempFolder } from '../support/tempFolder.ts';
import { waitFor } from '../support/waitFor.ts';

const MIB = 1 << 20;
const UPLOADS = 10;
const KILLS = 3;

describe('kill -9 of a share hub', () => {
  const scope = useScope();

  it('loses nothing of a short upload that has come a moment before', async () => {
    const folder = tempFolder(scope);
    const port = await freePort();
    const hub = await startHubProcess(scope, folder, port);
    const content = new Content(900_000);
    const offers = [1, 90_000, 400_000].map((bytes) => ({ bytes, fid: randomUUID() }));
    const portFor = async (talk: HubTalk, fid: string): Promise<HubLine> => {
      talk.say({ type: 'FILE_OFFER', fid, filename: 'a.bin', size: content.sizeBytes });
      return talk.heard('a port', (line) => line.type === 'FILE_UPLOAD_PORT' && line.fid === fid);
    };
    const talk = await joinHub(scope, port);
    for (const { fid, bytes } of offers) {
      const socket = connect(Number((await portFor(talk, fid)).port), '127.0.0.1');
      scope.defer(() => socket.destroy());
      socket.on('error', () => {});
      socket.write(content.slice(0, bytes));
    }
    const sizes = (): number[] =>
      readdirSync(join(folder, 'uploads')).map((name) => statSync(join(folder, 'uploads', name)).size);
    const wanted = offers.map(({ bytes }) => bytes);
    await waitFor('all of it to be in files', () => String(sizes().sort((a, b) => a - b)) === String(wanted));
    await hub.kill();
    await startHubProcess(scope, folder, port);
    const again = await joinHub(scope, port);
    for (const { fid, bytes } of offers) assert.equal((await portFor(again, fid)).offset, bytes);
  });

  it('during 10 uploads, three times: what is listed is whole, uploads go on where they were, nothing is listed twice', async () => {
    const folder = tempFolder(scope);
    const port = await freePort();
    const place = { host: '127.0.0.1', port, key: null };
    let hub: HubProcess = await startHubProcess(scope, folder, port);

    const watchers = Array.from({ length: 3 }, (_, n) => {
      const sessions = new HubSessions(() => `watcher ${n}`);
      scope.defer(() => sessions.close());
      const membership = new HubMembership({ sessions, clock: systemClock, random: Math.random }, place, []);
      scope.defer(() => membership.dispose());
      const added: HubFileRecord[] = [];
      const removed: string[] = [];
      membership.onDidHear((heard) => {
        added.push(...heard.added);
        removed.push(...heard.removed);
      });
      membership.start();
      return { membership, added, removed };
    });
    await waitFor('all to be in', () => watchers.every(({ membership }) => membership.state === 'joined'));

    const contents = Array.from({ length: UPLOADS }, (_, n) => new Content(12 * MIB + n, n + 1));
    const resumed: number[] = [];
    let sentBytes = 0;
    const uploads = contents.map(async (content, n) => {
      const path = join(tempFolder(scope), `${n}.bin`);
      writeFileSync(path, content.slice(0, content.sizeBytes));
      const { size: sizeBytes, mtimeMs } = statSync(path);
      const modifiedMs = Math.floor(mtimeMs);
      const sessions = new HubSessions(() => `uploader ${n}`);
      const stop = new AbortController();
      scope.defer(() => {
        stop.abort(new Error('the test is over'));
        sessions.close();
      });
      let phase = 'waiting';
      let last = 0;
      const record = await uploadToHub(
        {
          lease: sessions.lease(place),
          clock: systemClock,
          random: Math.random,
          onPhase: (now) => {
            phase = now;
            last = -1;
          },
          onSent: (bytes) => {
            if (last < 0 && phase === 'sending' && bytes > 0 && bytes < sizeBytes) resumed.push(bytes);
            else if (last >= 0) sentBytes += bytes - last;
            last = bytes;
          },
        },
        {
          fid: shareFid({ path, sizeBytes, modifiedMs }),
          path,
          sizeBytes,
          modifiedMs,
          budget: null,
        },
        { signal: stop.signal },
      );
      assert.equal(record.sha256, content.sha256);
      return record;
    });

    const uploadsFolder = join(folder, 'uploads');
    const bytesThere = (): number =>
      readdirSync(uploadsFolder).reduce(
        (sum, name) => sum + (statSync(join(uploadsFolder, name), { throwIfNoEntry: false })?.size ?? 0),
        0,
      );
    for (let kill = 1; kill <= KILLS; kill++) {
      // Moments by bytes, not by time: on a loaded machine they are the same ones.
      const moment = (kill * UPLOADS * 12 * MIB) / (KILLS + 1);
      await waitFor(`${moment} bytes`, () => bytesThere() >= moment);
      await hub.kill();
      hub = await startHubProcess(scope, folder, port);
      const { lines } = await joinHub(scope, port, 'auditor');
      const listed = lines.find(({ type }) => type === 'WELCOME')?.files as HubFileRecord[];
      for (const file of listed) {
        const stored = join(uploadsFolder, file.fid.replaceAll('-', ''));
        assert.equal(await sha256OfFile(stored), file.sha256, 'a listed file is whole');
      }
    }

    const records = await Promise.all(uploads);
    const fids = records.map(({ fid }) => fid).sort();
    assert.ok(resumed.length > 0, 'at least one upload went on where it was');
    assert.ok(sentBytes < UPLOADS * 12 * MIB * 2, `${sentBytes} bytes were sent`);
    for (const { membership, added, removed } of watchers) {
      await waitFor('all to be heard of', () => membership.files.length === UPLOADS && membership.state === 'joined');
      assert.deepEqual(added.map(({ fid }) => fid).sort(), fids);
      assert.deepEqual(removed, []);
    }
    const { lines } = await joinHub(scope, port, 'auditor');
    const listed = lines.find(({ type }) => type === 'WELCOME')?.files as HubFileRecord[];
    assert.deepEqual(listed.map(({ fid }) => fid).sort(), fids);
    assert.equal(readdirSync(uploadsFolder).length, UPLOADS);
    for (const { fid, sha256 } of listed)
      assert.equal(await sha256OfFile(join(uploadsFolder, fid.replaceAll('-', ''))), sha256);
  });
});
