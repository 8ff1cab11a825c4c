import assert from 'node:assert/strict';
import { renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HubSessions } from '../../src/engine/net/hubSessions.ts';
import { DEFAULT_HUB_TIMINGS, type HubTimings } from '../../src/engine/net/hubTimings.ts';
import type { HubFileRecord } from '../../src/engine/protocols/hub/hubMessages.ts';
import { shareFid } from '../../src/engine/share/shareFid.ts';
import { uploadToHub } from '../../src/engine/share/uploadToHub.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { Content } from '../support/content.ts';
import { hubRecord, type ScriptedHub, type ScriptedHubInit, startScriptedHub } from '../support/hub/scriptedHub.ts';
import { useScope } from '../support/scope.ts';
import { tempFolder } from '../support/tempFolder.ts';

const MIB = 1 << 20;
/** A hub that is dead is found dead soon; nothing here depends on how soon. */
const SHORT: Partial<HubTimings> = { pulseMs: 20, idleMs: 300, portMs: 300, checkMs: 300 };

describe('an upload to a share hub that misbehaves', () => {
  const scope = useScope();

  interface Put {
    readonly path: string;
    readonly fid: string;
    run(timings?: Partial<HubTimings>, attempts?: number, afterMs?: number): Promise<HubFileRecord>;
  }

  function put(hub: ScriptedHub, sizeBytes = 3 * MIB): Put {
    const path = join(tempFolder(scope), 'a.bin');
    writeFileSync(path, new Content(sizeBytes, 3).slice(0, sizeBytes));
    return putFile(hub, path);
  }

  function putFile(hub: ScriptedHub, path: string): Put {
    const { size, mtimeMs } = statSync(path);
    const file = { path, sizeBytes: size, modifiedMs: Math.floor(mtimeMs) };
    const fid = shareFid(file);
    const run = (
      timings: Partial<HubTimings> = {},
      attempts = 1,
      afterMs = Number.POSITIVE_INFINITY,
    ): Promise<HubFileRecord> => {
      const sessions = new HubSessions(() => 'tester', { ...DEFAULT_HUB_TIMINGS, ...timings });
      scope.defer(() => sessions.close());
      return uploadToHub(
        {
          lease: sessions.lease({ host: '127.0.0.1', port: hub.port, key: null }),
          clock: systemClock,
          random: () => 0,
          onPhase: () => {},
          onSent: () => {},
        },
        { ...file, fid, budget: { attempts, afterMs } },
        { signal: new AbortController().signal },
      );
    };
    return { path, fid, run };
  }

  function typesOf(hub: ScriptedHub): string[] {
    return hub.heard.map(({ type }) => type);
  }

  const silent: readonly (readonly [what: string, init: (mute: () => void) => ScriptedHubInit])[] = [
    [
      'an offer',
      (mute) => ({
        answer: (_side, { type }) => {
          if (type === 'FILE_OFFER') mute();
          return type === 'FILE_OFFER';
        },
      }),
    ],
    [
      'the whole file',
      (mute) => ({
        announce: () => {
          mute();
          return null;
        },
      }),
    ],
  ];
  for (const [what, script] of silent) {
    it(`a hub that says nothing more after ${what}: the connection is given up`, async () => {
      let muted = false;
      const init = script(() => {
        muted = true;
      });
      const hub = await startScriptedHub(scope, {
        ...init,
        answer: (side, message) => muted || init.answer?.(side, message) === true,
      });
      await assert.rejects(put(hub).run({ pulseMs: 20, answerMs: 2000 }), { code: 'first-byte-timeout' });
      assert.ok(muted);
      assert.equal(typesOf(hub).at(-1), 'FILE_LIST');
    });
  }

  it('a hub that lives but names no port: busy, in the end', async () => {
    const hub = await startScriptedHub(scope, { answer: (_side, { type }) => type === 'FILE_OFFER' });
    await assert.rejects(put(hub, 1000).run(SHORT), { code: 'hub-busy' });
  });

  it('a hub that lives but never lists the file: refused, and it is not sent again', async () => {
    const hub = await startScriptedHub(scope, { announce: () => null });
    await assert.rejects(put(hub, 1000).run(SHORT, 6), { code: 'hub-refused' });
    assert.equal(typesOf(hub).filter((type) => type === 'FILE_OFFER').length, 1);
  });

  it('a hub that lives may take its time for the port and for the check', async () => {
    let lists = 0;
    const later: (() => void)[] = [];
    const hub = await startScriptedHub(scope, {
      answer: (side, message) => {
        if (message.type === 'FILE_LIST' && ++lists % 5 === 0) later.shift()?.();
        if (message.type !== 'FILE_OFFER' || later.length > 0 || lists > 5) return false;
        later.push(() => side.socket.emit('data', `${JSON.stringify(message)}\n`));
        return true;
      },
      announce: (record, side) => {
        later.push(() => side.say({ type: 'FILE_AVAILABLE', ...record }));
        return null;
      },
    });
    const { fid, run } = put(hub, 1000);
    // It offers once; the scripted hub hears it again when it is ready.
    assert.equal((await run({ pulseMs: 10, portMs: 60_000, checkMs: 60_000 })).fid, fid);
    assert.ok(lists >= 10, `${lists} signs of life`);
  });

  it('a hub that does one thing at a time: it names the port, and answers nothing more until it has the file', async () => {
    const answerMs = 1000;
    let hear: (() => void) | null = null;
    const hub = await startScriptedHub(scope, {
      answer: (side, message) => {
        if (message.type === 'FILE_OFFER' && hear === null) {
          hear = () => side.socket.emit('data', `${JSON.stringify(message)}\n`);
          return true;
        }
        // The sign of life that is asked for meanwhile waits as well.
        if (message.type === 'FILE_LIST') hear?.();
        return message.type === 'FILE_LIST' && hear !== null;
      },
      data: (socket, side, offered) => {
        const { sha256 } = new Content(offered.size, 3);
        socket.on('end', () => side.say({ type: 'FILE_AVAILABLE', ...hubRecord({ ...offered, sha256 }) }));
        setTimeout(() => socket.resume(), 2 * answerMs);
      },
    });
    const { fid, run } = put(hub, 32 * MIB);
    assert.equal((await run({ pulseMs: 20, answerMs })).fid, fid);
  });

  it('a data connection that is accepted and takes nothing', async () => {
    const hub = await startScriptedHub(scope, { data: (socket) => void socket.pause() });
    await assert.rejects(put(hub, 64 * MIB).run(SHORT, 2), { code: 'hub-busy' });
    assert.equal(typesOf(hub).filter((type) => type === 'FILE_OFFER').length, 2);
  });

  it('a hub that stood still, and then holds on to the old attempt for a moment, is waited for', async () => {
    let offers = 0;
    const hub = await startScriptedHub(scope, {
      answer: ({ say }, { type, fid }) => {
        if (type !== 'FILE_OFFER' || ++offers !== 2) return false;
        say({ type: 'ERROR', code: 'fid-taken', message: 'This file is being uploaded already.', fid });
        return true;
      },
      data: (socket, side, offered) => {
        if (offers === 1) socket.pause();
        else socket.resume().on('end', () => side.say({ type: 'FILE_AVAILABLE', ...hubRecord(offered) }));
      },
    });
    // Longer silent than an upload may be that gets no answer.
    const { fid, run } = put(hub, 64 * MIB);
    assert.equal((await run({ idleMs: 300 }, 6, 250)).fid, fid);
    assert.equal(offers, 3);
  });

  it('a data connection that is cut each time, by a hub that keeps nothing: not for ever', async () => {
    const hub = await startScriptedHub(scope, {
      data: (socket) => void socket.once('data', () => socket.resetAndDestroy()),
    });
    await assert.rejects(put(hub, 32 * MIB).run({}, 3), { code: 'connection-lost' });
    assert.equal(typesOf(hub).filter((type) => type === 'FILE_OFFER').length, 3);
  });

  const refusals: readonly (readonly [what: string, init: ScriptedHubInit])[] = [
    [
      'to an offer',
      {
        answer: (side, { type }) => {
          if (type === 'FILE_OFFER') side.say({ type: 'ERROR', code: 'bad-name', message: 'No.' });
          return type === 'FILE_OFFER';
        },
      },
    ],
    [
      'to the bytes',
      {
        announce: (_record, side) => {
          side.say({ type: 'ERROR', code: 17, message: 'No.' });
          return null;
        },
      },
    ],
  ];
  for (const [what, init] of refusals) {
    it(`an ERROR without fid ${what}`, async () => {
      const hub = await startScriptedHub(scope, init);
      await assert.rejects(put(hub).run(), { code: 'hub-refused', message: /refused: No\.$/ });
    });
  }

  const wrong: readonly (readonly [what: string, change: object, sizeBytes: number, code: string])[] = [
    ['a wrong digest', { sha256: 'f'.repeat(64) }, 1000, 'wrong-content'],
    ['a wrong size', { size: 1 }, 1000, 'wrong-content'],
    ['a wrong size of a long file', { size: 1 }, 3 * MIB, 'wrong-content'],
    ['another name', { filename: 'b.bin' }, 3 * MIB, 'hub-refused'],
  ];
  for (const [what, change, sizeBytes, code] of wrong) {
    it(`${what} in the hub's answer: ${code}, and it is taken back`, async () => {
      const hub = await startScriptedHub(scope, { announce: (record) => ({ ...record, ...change }) });
      await assert.rejects(put(hub, sizeBytes).run({}, 6), { code });
      assert.deepEqual(typesOf(hub), ['HELLO', 'FILE_LIST', 'FILE_OFFER', 'FILE_REMOVE']);
    });
  }

  it('a file that has gone from its place meanwhile is taken back, since nothing can be compared with it', async () => {
    let leave = (): void => {};
    const hub = await startScriptedHub(scope, {
      answer: (_side, { type }) => {
        if (type === 'FILE_OFFER') leave();
        return false;
      },
    });
    const { path, run } = put(hub);
    leave = () => renameSync(path, `${path}.elsewhere`);
    await assert.rejects(run({}, 6), { code: 'file-missing' });
    assert.deepEqual(typesOf(hub), ['HELLO', 'FILE_LIST', 'FILE_OFFER', 'FILE_REMOVE']);
  });

  it('a digest that is known is compared, whatever the size', async () => {
    let offers = 0;
    const hub = await startScriptedHub(scope, {
      data: (socket, side, offered) => {
        // The first attempt breaks off; from then on our digest is known.
        if (++offers === 1) socket.resetAndDestroy();
        else
          socket.resume().on('end', () => {
            side.say({ type: 'FILE_AVAILABLE', ...hubRecord({ ...offered, sha256: 'f'.repeat(64) }) });
          });
      },
    });
    await assert.rejects(put(hub).run({}, 3), { code: 'wrong-content' });
  });

  it('a file that is too old for the WELCOME is found in the list, and not offered again', async () => {
    const content = new Content(1000, 3);
    let known: object | null = null;
    const hub = await startScriptedHub(scope, {
      answer: (side, { type }) => {
        if (type === 'FILE_LIST') side.say({ type: 'FILE_LIST', files: [known] });
        return type === 'FILE_LIST';
      },
    });
    const { fid, run } = put(hub, 1000);
    known = hubRecord({ fid, filename: 'a.bin', size: 1000, sha256: content.sha256 });
    assert.equal((await run()).fid, fid);
    assert.deepEqual(typesOf(hub), ['HELLO', 'FILE_LIST']);
  });

  it('a hub that does not know FILE_LIST is used without', async () => {
    const hub = await startScriptedHub(scope, {
      answer: (side, { type }) => {
        if (type === 'FILE_LIST') side.say({ type: 'ERROR', code: 'unknown-type', message: 'What?' });
        return type === 'FILE_LIST';
      },
    });
    const { fid, run } = put(hub, 1000);
    assert.equal((await run()).fid, fid);
    assert.deepEqual(typesOf(hub), ['HELLO', 'FILE_LIST', 'FILE_OFFER']);
  });

  it('uids that are numbers, and records that make no sense beside one that does', async () => {
    const content = new Content(1000, 3);
    let record: object = {};
    const hub = await startScriptedHub(scope, {
      answer: (side, { type }) => {
        if (type === 'HELLO')
          side.say({ type: 'WELCOME', uid: 7, files: [null, { fid: 'x' }, { ...record, uploader_uid: 3 }] });
        return type === 'HELLO';
      },
    });
    const { fid, run } = put(hub, 1000);
    record = hubRecord({ fid, filename: 'a.bin', size: 1000, sha256: content.sha256 });
    assert.equal((await run()).uploader_uid, '3');
    assert.deepEqual(typesOf(hub), ['HELLO']);
  });

  it('a hub that tells no digest is believed as far as it tells something', async () => {
    for (const sha256 of [null, undefined]) {
      const hub = await startScriptedHub(scope, { announce: (record) => ({ ...record, sha256 }) });
      assert.equal((await put(hub, 1000).run()).sha256, null);
    }
  });

  it('a WELCOME of megabytes in one line', async () => {
    const content = new Content(1000, 3);
    const files: object[] = Array.from({ length: 12_000 }, (_, n) =>
      hubRecord({ fid: `${String(n).padStart(8, '0')}-0000-4000-8000-000000000000`, filename: `${n}.bin`, size: n }),
    );
    const hub = await startScriptedHub(scope, { welcome: () => files });
    const { fid, run } = put(hub, 1000);
    files.push(hubRecord({ fid, filename: 'a.bin', size: 1000, sha256: content.sha256 }));
    assert.equal((await run()).fid, fid);
    assert.deepEqual(typesOf(hub), ['HELLO']);
  });
});
