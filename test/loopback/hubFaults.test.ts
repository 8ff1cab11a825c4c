import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import type { ErrorCode } from '../../src/contract/errors.ts';
import { assertDownloaded } from '../support/assertDownloaded.ts';
import { assertPlainError } from '../support/assertPlainError.ts';
import { Content } from '../support/content.ts';
import { FAULTY_FID, type FaultyHubInit, startFaultyHub } from '../support/hub/faultyHub.ts';
import { startInProcessEngine } from '../support/inProcessEngine.ts';
import { useScope } from '../support/scope.ts';

const MIB = 1 << 20;

describe('a share hub that misbehaves', () => {
  const scope = useScope();
  const content = new Content(6 * MIB + 11, 8);

  const mended: readonly (readonly [what: string, faults: Omit<FaultyHubInit, 'content'>])[] = [
    ['nothing at all', {}],
    [
      'data connections that end early now and then',
      {
        send: (data, { count }, bytes) => void data.end(count % 3 === 1 ? bytes.subarray(0, bytes.length / 2) : bytes),
      },
    ],
    [
      'data connections that are reset',
      { send: (data, { count }, bytes) => void (count < 3 ? data.resetAndDestroy() : data.end(bytes)) },
    ],
    [
      'more bytes than were asked for',
      { send: (data, _range, bytes) => void data.end(Buffer.concat([bytes, Buffer.alloc(70_000)])) },
    ],
    [
      'one byte, a while later the rest',
      {
        send: (data, _range, bytes) => {
          data.write(bytes.subarray(0, 1));
          setImmediate(() => setImmediate(() => data.end(bytes.subarray(1))));
        },
      },
    ],
    [
      'an ERROR that says later',
      {
        answer: (socket, { count }) =>
          count < 3 &&
          socket.write(`{"type":"ERROR","code":"too-many-requests","message":"Later.","fid":"${FAULTY_FID}"}\n`),
      },
    ],
    [
      'a port on which nobody listens',
      {
        answer: (socket, { offset, length, count }) =>
          count < 2 &&
          socket.write(`${JSON.stringify({ type: 'FILE_DOWNLOAD_PORT', fid: FAULTY_FID, port: 9, offset, length })}\n`),
      },
    ],
    [
      'a control connection that breaks',
      { answer: (socket, { count }) => count < 3 && socket.destroy() !== undefined },
    ],
    [
      'messages of a kind that nobody knows',
      { greet: (socket, welcome) => void socket.write(`${welcome}{"type":"NEWS"}\n[]\n{"type":"FILE_AVAILABLE"}\n`) },
    ],
    [
      'a WELCOME without the file, which only the list has',
      {
        greet: (socket) => void socket.write('{"type":"WELCOME","uid":"u","files":[]}\n'),
        listed: (record) => [record],
      },
    ],
    [
      'numbers for uids, and a record that makes no sense',
      {
        greet: (socket) => void socket.write('{"type":"WELCOME","uid":7,"files":[{"fid":1}]}\n'),
        listed: (record) => [{ filename: 'x' }, { ...record, uploader_uid: 3 }],
      },
    ],
    [
      'a file that is announced to whoever waits for the WELCOME still',
      {
        greet: (socket, welcome) => {
          const { files } = JSON.parse(welcome) as { files: [object] };
          socket.write(`${JSON.stringify({ type: 'FILE_AVAILABLE', ...files[0] })}\n`);
          socket.write('{"type":"WELCOME","uid":"u","files":[]}\n');
        },
      },
    ],
    [
      'a WELCOME in pieces',
      {
        greet: (socket, welcome) => {
          socket.write(welcome.slice(0, 20));
          setImmediate(() => void socket.write(welcome.slice(20)));
        },
      },
    ],
  ];
  for (const [what, faults] of mended) {
    it(`${what}: the file is right all the same`, async () => {
      const hub = await startFaultyHub(scope, { content, ...faults });
      const engine = await startInProcessEngine(scope);
      const task = await engine.completed(await engine.add(`hub://127.0.0.1:${hub.port}/${FAULTY_FID}`));
      await assertDownloaded(task, content);
      assert.equal(task.status.state === 'completed' && task.status.verification, 'verified');
    });
  }

  for (const sha256 of [null, undefined]) {
    it(`a hub that tells ${sha256} for a digest: the file is right, and known by its size only`, async () => {
      const hub = await startFaultyHub(scope, {
        content,
        greet: (socket, welcome) => {
          const { files, ...rest } = JSON.parse(welcome) as { files: [object] };
          socket.write(`${JSON.stringify({ ...rest, files: [{ ...files[0], sha256 }] })}\n`);
        },
      });
      const engine = await startInProcessEngine(scope);
      const task = await engine.completed(await engine.add(`hub://127.0.0.1:${hub.port}/${FAULTY_FID}`));
      await assertDownloaded(task, content);
      assert.equal(task.status.state === 'completed' && task.status.verification, 'size-only');
    });
  }

  it('a file that is offered anew in the middle, in its size and without digests: file-changed, never a mixture', async () => {
    let offered: object = {};
    let isAnother = false;
    const hub = await startFaultyHub(scope, {
      content,
      greet: (socket, welcome) => {
        const { files, ...rest } = JSON.parse(welcome) as { files: [object] };
        offered = { ...files[0], sha256: null };
        socket.write(`${JSON.stringify({ ...rest, files: [offered] })}\n`);
      },
      answer: (socket, { count }) => {
        if (count !== 2) return false;
        isAnother = true;
        const lines = [
          { type: 'FILE_REMOVED', fid: FAULTY_FID },
          { type: 'FILE_AVAILABLE', ...offered, uploaded_at: '2026-02-02T00:00:00.000Z' },
          { type: 'ERROR', code: 'too-many-requests', message: 'Later.', fid: FAULTY_FID },
        ];
        return socket.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
      },
      send: (data, _range, bytes) => void data.end(isAnother ? bytes.fill(0) : bytes),
    });
    const engine = await startInProcessEngine(scope);
    assertPlainError(
      await engine.failed(await engine.add(`hub://127.0.0.1:${hub.port}/${FAULTY_FID}`)),
      'file-changed',
    );
  });

  const hopeless: readonly (readonly [what: string, faults: Omit<FaultyHubInit, 'content'>, code: ErrorCode])[] = [
    ['wrong bytes', { send: (data, _range, bytes) => void data.end(bytes.fill(1)) }, 'checksum-mismatch'],
    [
      'a web server in its place',
      { greet: (socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n') },
      'not-a-hub',
    ],
    ['somebody who hangs up', { greet: (socket) => void socket.destroy() }, 'connection-lost'],
    ['a line without an end', { greet: (socket) => void socket.write('x'.repeat(17 * MIB)) }, 'not-a-hub'],
    [
      'a WELCOME that makes no sense',
      { greet: (socket) => void socket.write('{"type":"WELCOME","uid":null,"files":[]}\n') },
      'not-a-hub',
    ],
    [
      'a refusal',
      { greet: (socket) => void socket.write('{"type":"ERROR","code":"bad-name","message":"No\\u001b[2J."}\n') },
      'hub-refused',
    ],
    [
      'the wrong file',
      { greet: (socket) => void socket.write('{"type":"WELCOME","uid":"u","files":[]}\n') },
      'hub-file-gone',
    ],
    [
      'the port of another range than was asked for',
      {
        answer: (socket, { offset, length }) =>
          socket.write(
            `${JSON.stringify({ type: 'FILE_DOWNLOAD_PORT', fid: FAULTY_FID, port: 9, offset: offset + 1, length })}\n`,
          ),
      },
      'range-mismatch',
    ],
    [
      'a file that was taken away',
      {
        answer: (socket) =>
          socket.write(`{"type":"ERROR","code":"unknown-fid","message":"Gone.","fid":"${FAULTY_FID}"}\n`),
      },
      'hub-file-gone',
    ],
  ];
  for (const [what, faults, code] of hopeless) {
    it(`${what}: ${code}`, async () => {
      const hub = await startFaultyHub(scope, { content, ...faults });
      const engine = await startInProcessEngine(scope);
      const error = await engine.failed(await engine.add(`hub://127.0.0.1:${hub.port}/${FAULTY_FID}`));
      assertPlainError(error, code);
    });
  }

  const silent: readonly (readonly [what: string, faults: Omit<FaultyHubInit, 'content'>, code: ErrorCode])[] = [
    ['never names a port', { answer: () => true }, 'first-byte-timeout'],
    ['opens a port and sends nothing', { send: () => {} }, 'idle-timeout'],
    [
      'sends some bytes and no more',
      { send: (data, { count }, bytes) => void (count === 1 && data.write(bytes.subarray(0, 100))) },
      'idle-timeout',
    ],
  ];
  for (const [what, faults, code] of silent) {
    it(`a hub that ${what}: ${code} after two or three attempts, not after eight`, async () => {
      const hub = await startFaultyHub(scope, { content: new Content(1000, 8), ...faults });
      const engine = await startInProcessEngine(scope, {
        hubTimings: { answerMs: 1000, idleMs: 1000, silenceMs: 1500 },
      });
      assertPlainError(await engine.failed(await engine.add(`hub://127.0.0.1:${hub.port}/${FAULTY_FID}`)), code);
      // Of two lanes, since one helps the other out.
      assert.ok(hub.requests() <= 6, `${hub.requests()} requests`);
    });
  }

  it('a port that cannot be reached is named, and not that of the hub: a firewall is in the way, perhaps', async () => {
    const answer = (socket: Socket, { offset, length }: { offset: number; length: number }): boolean =>
      socket.write(`${JSON.stringify({ type: 'FILE_DOWNLOAD_PORT', fid: FAULTY_FID, port: 9, offset, length })}\n`);
    const hub = await startFaultyHub(scope, { content, answer });
    const engine = await startInProcessEngine(scope);
    const error = await engine.failed(await engine.add(`hub://127.0.0.1:${hub.port}/${FAULTY_FID}`));
    assert.deepEqual([error.code, error.args.host], ['connection-refused', '127.0.0.1:9']);
  });

  it('a connection that has gone silent is left for a new one, also while other downloads wait on it', async () => {
    let silent: Socket | null = null;
    const hub = await startFaultyHub(scope, {
      content: new Content(1000, 8),
      greet: (socket, welcome) => {
        silent ??= socket;
        socket.write(welcome);
      },
      answer: (socket) => socket === silent,
    });
    const engine = await startInProcessEngine(scope, { hubTimings: { answerMs: 1000, silenceMs: 10_000 } });
    const link = `hub://127.0.0.1:${hub.port}/${FAULTY_FID}`;
    const ids = [await engine.add(link), await engine.add(link), await engine.add(link)];
    for (const id of ids) await engine.completed(id);
    assert.equal(hub.connections(), 2);
  });

  it('a hub that sends, and answers nothing meanwhile, keeps its connection', async () => {
    let answersAll = false;
    const asked = new Set<number>();
    const hub = await startFaultyHub(scope, {
      content,
      // Whoever asks for the same again has given the first question up.
      answer: (_socket, { offset, count }) => {
        answersAll ||= asked.has(offset);
        asked.add(offset);
        return count > 1 && !answersAll;
      },
      send: (data, { count }, bytes) => {
        if (count > 1) {
          data.end(bytes);
          return;
        }
        let sent = 0;
        const trickle = setInterval(() => {
          data.write(bytes.subarray(sent, answersAll ? bytes.length : ++sent));
          if (!answersAll) return;
          clearInterval(trickle);
          data.end();
        }, 50);
        data.on('close', () => clearInterval(trickle));
      },
    });
    const engine = await startInProcessEngine(scope, { hubTimings: { answerMs: 1000, silenceMs: 10_000 } });
    const task = await engine.completed(await engine.add(`hub://127.0.0.1:${hub.port}/${FAULTY_FID}`));
    await assertDownloaded(task, content);
    assert.ok(answersAll);
    assert.equal(hub.connections(), 1);
  });

  it('a hub is a mirror like any other: one that has not got the file is left out, and its lanes share a connection', async () => {
    const good = await startFaultyHub(scope, { content });
    const empty = await startFaultyHub(scope, {
      content,
      greet: (socket) => void socket.write('{"type":"WELCOME","uid":"u","files":[]}\n'),
    });
    const engine = await startInProcessEngine(scope);
    const link = (port: number): string => `hub://127.0.0.1:${port}/${FAULTY_FID}`;
    const task = await engine.completed(await engine.add(link(empty.port), { mirrors: [link(good.port)] }));
    await assertDownloaded(task, content);
    assert.deepEqual(
      task.sources.map(({ kind, error }) => [kind, error?.code ?? null]),
      [
        ['hub', 'hub-file-gone'],
        ['hub', null],
      ],
    );
    assert.equal(good.connections(), 1);
  });
});
