import { join, resolve } from 'node:path';
import { TributaryError } from '../contract/errors.ts';
import { ReadableFile } from '../engine/disk/readableFile.ts';
import { DEFAULT_HUB_PORT, hubLink, parseHubAddress } from '../engine/intake/hubAddress.ts';
import type { HubPlace } from '../engine/net/hubSession.ts';
import { HubSessions } from '../engine/net/hubSessions.ts';
import type { HubFileRecord } from '../engine/protocols/hub/hubMessages.ts';
import { userDataFolder } from '../engine/registry.ts';
import { HubServer } from '../engine/share/hubServer.ts';
import { ownMemberName } from '../engine/share/memberName.ts';
import { shareFid } from '../engine/share/shareFid.ts';
import { type UploadBudget, uploadToHub } from '../engine/share/uploadToHub.ts';
import { systemClock } from '../kit/clock.ts';
import { formatBytes, formatRate, percentOf } from '../kit/format.ts';
import { closeServer } from './closeServer.ts';
import { errorLine } from './errorLine.ts';
import { EXIT_COMPLETE, EXIT_INTERRUPTED } from './exitCode.ts';
import type { CommonOptions } from './getPlan.ts';
import { hubTable } from './hubTable.ts';
import { Interrupt } from './interrupt.ts';
import { parsePort } from './portList.ts';

export interface HubServeOptions extends CommonOptions {
  readonly port?: string;
  readonly host?: string;
  readonly dir?: string;
  readonly key?: string;
}

export interface HubOptions extends CommonOptions {
  readonly hub?: string;
  readonly key?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Of attempts that bring nothing: some 15 seconds where a hub refuses connections, a minute where it is silent. */
const BUDGET: UploadBudget = { attempts: 6, afterMs: 25_000 };
const PROGRESS_MS = 250;

/** `tributary hub serve`: until it is told to stop. @throws TributaryError as `HubServer.start`, `bad-option` */
export async function runHubServe(options: HubServeOptions): Promise<number> {
  const interrupt = new Interrupt();
  const stopped = new Promise<void>((done) => interrupt.onDidInterrupt(() => done()));
  const host = options.host ?? '127.0.0.1';
  const folder =
    options.dir === undefined ? join(userDataFolder(process.env, process.platform), 'hub') : resolve(options.dir);
  const server = await HubServer.start({
    host,
    port: options.port === undefined ? DEFAULT_HUB_PORT : parsePort('--port', options.port),
    folder,
    key: options.key ?? null,
  });
  server.onDidLog((line) => process.stderr.write(`tributary: ${line}\n`));
  process.stdout.write(`listening on ${host.includes(':') ? `[${host}]` : host}:${server.port}\n`);
  await stopped;
  await closeServer(server.close());
  interrupt.dispose();
  return EXIT_COMPLETE;
}

/** `tributary hub put`: prints the link of the file. The same command again goes on with what broke off. */
export async function runHubPut(path: string, options: HubOptions): Promise<number> {
  const interrupt = new Interrupt();
  const abort = new AbortController();
  interrupt.onDidInterrupt(() => abort.abort(new TributaryError('connection-lost')));
  const place = placeOf(options);
  const sessions = new HubSessions(ownMemberName);
  const lease = sessions.lease(place);
  const progress = new PutProgress(options.quiet !== true && process.stderr.isTTY);
  try {
    const file = await ReadableFile.open(resolve(path));
    const { sizeBytes, modifiedMs, path: absolute } = file;
    await file.close();
    const fid = shareFid({ path: absolute, sizeBytes, modifiedMs });
    progress.begin(sizeBytes);
    const record = await uploadToHub(
      {
        lease,
        clock: systemClock,
        random: Math.random,
        onPhase: (_phase, waiting) => {
          if (waiting !== null && options.quiet !== true) progress.print(errorLine(waiting, { subject: path }));
        },
        onSent: (bytes) => progress.sent(bytes),
      },
      { fid, path: absolute, sizeBytes, modifiedMs, budget: BUDGET },
      { signal: abort.signal },
    );
    progress.end();
    process.stdout.write(
      `${options.json === true ? JSON.stringify(fileJson(place, record)) : hubLink(place, record.fid)}\n`,
    );
    return EXIT_COMPLETE;
  } catch (error) {
    progress.end();
    if (!interrupt.happened) throw error;
    process.stderr.write('Stopped: what the hub has is kept there. Run the same command again to resume.\n');
    return EXIT_INTERRUPTED;
  } finally {
    lease.dispose();
    sessions.close();
    interrupt.dispose();
  }
}

/** `tributary hub list`. */
export async function runHubList(options: HubOptions): Promise<number> {
  const place = placeOf(options);
  const sessions = new HubSessions(ownMemberName);
  const lease = sessions.lease(place);
  try {
    const session = await lease.session({ signal: AbortSignal.timeout(30_000) });
    await session.whole({ signal: AbortSignal.timeout(30_000) });
    const { files } = session;
    if (options.json === true)
      for (const file of files) process.stdout.write(`${JSON.stringify(fileJson(place, file))}\n`);
    else if (files.length > 0) process.stdout.write(`${hubTable(place, files).join('\n')}\n`);
    else process.stderr.write('No files.\n');
    return EXIT_COMPLETE;
  } finally {
    lease.dispose();
    sessions.close();
  }
}

/** One line of `--json`. */
function fileJson(place: HubPlace, file: HubFileRecord): object {
  return {
    type: 'file',
    address: hubLink(place, file.fid),
    name: file.filename,
    size: file.size,
    sha256: file.sha256,
    uploader: file.uploader,
    uploadedAt: file.uploaded_at,
  };
}

function placeOf({ hub, key }: HubOptions): HubPlace {
  const place = parseHubAddress(hub ?? `127.0.0.1:${DEFAULT_HUB_PORT}`);
  return { ...place, key: key ?? place.key };
}

/** One line on a terminal. */
class PutProgress {
  readonly #shows: boolean;
  #sizeBytes = 0;
  #first: { readonly atMs: number; readonly bytes: number } | null = null;
  #shownMs = 0;

  constructor(shows: boolean) {
    this.#shows = shows;
  }

  begin(sizeBytes: number): void {
    this.#sizeBytes = sizeBytes;
  }

  sent(bytes: number): void {
    const nowMs = performance.now();
    this.#first ??= { atMs: nowMs, bytes };
    if (!this.#shows || nowMs - this.#shownMs < PROGRESS_MS) return;
    this.#shownMs = nowMs;
    const seconds = (nowMs - this.#first.atMs) / 1000;
    const rate = seconds > 0 ? formatRate((bytes - this.#first.bytes) / seconds) : '';
    const percent = percentOf(bytes, this.#sizeBytes);
    process.stderr.write(`\r\u001b[K${percent} %  ${formatBytes(bytes)} of ${formatBytes(this.#sizeBytes)}  ${rate}`);
  }

  print(line: string): void {
    process.stderr.write(`${this.#shows ? '\r\u001b[K' : ''}${line}\n`);
  }

  end(): void {
    if (this.#shows && this.#first !== null) process.stderr.write('\r\u001b[K');
  }
}
