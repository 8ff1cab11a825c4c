import { TributaryError, toTributaryError } from '../../contract/errors.ts';
import { ChildAbort, sleep } from '../../kit/abort.ts';
import type { Clock } from '../../kit/clock.ts';
import { ReadableFile } from '../disk/readableFile.ts';
import { authorityOf } from '../intake/authority.ts';
import { connectTcp } from '../net/connectTcp.ts';
import type { HubSession, Patience } from '../net/hubSession.ts';
import type { HubLease } from '../net/hubSessions.ts';
import { sendBytes } from '../net/sendBytes.ts';
import type { HubFileRecord } from '../protocols/hub/hubMessages.ts';
import { OwnDigest } from './ownDigest.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** How long the reason of a broken connection is waited for. */
const REASON_MS = 1000;
/** Its digest is known in no time, and offered. */
const SMALL_BYTES = 2 * 1024 * 1024;
/** Up to here a second digest of one file on one machine costs a moment; of 1 GiB, nearly as long as its upload. */
const HASHED_TWICE_BYTES = 256 * 1024 * 1024;
/** A hub on a slow disk checks and stores at least as fast. */
const SLOW_BYTES_PER_MS = (1024 * 1024) / 1000;
/** A simple hub answers nothing while it checks a file; it does not take longer than that. */
const SILENT_BYTES_PER_MS = (20 * 1024 * 1024) / 1000;

/** What an upload is doing. */
export type UploadPhase = 'waiting' | 'sending' | 'checking';

export interface UploadComponents {
  readonly lease: HubLease;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** @param waiting why it waits, between two attempts; null: for the hub */
  onPhase(phase: UploadPhase, waiting: TributaryError | null): void;
  /** How many bytes of the file the hub has, or are on their way to it. */
  onSent(bytes: number): void;
}

/** When an upload that gets nowhere ends: after so many attempts in a row, or two that took so long without a word of the hub. */
export interface UploadBudget {
  readonly attempts: number;
  readonly afterMs: number;
}

export interface UploadInit {
  readonly fid: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  /** Null: a hub that is away is waited for. */
  readonly budget: UploadBudget | null;
}

/**
 * Puts a file onto a hub and resolves when everybody can fetch it as it lies here. What breaks off is gone on with. The name
 * and the size that the hub tells are compared with our own, and the digest as well, except that of a file over 256 MiB that
 * went to a hub on this machine in one unbroken stream: with a digest at either end 1 GiB took 4.2 s instead of 2.4 s.
 * Such a hub is believed; whoever downloads the file checks it against that hub's digest, not against this file.
 * @throws TributaryError `share-changed`, `share-unreadable`, `wrong-content` (of the hub), those of the hub and the network;
 * the signal's reason
 */
export async function uploadToHub(
  components: UploadComponents,
  init: UploadInit,
  options: { signal: AbortSignal },
): Promise<HubFileRecord> {
  const { clock } = components;
  const life = new ChildAbort(options.signal);
  const file = await ReadableFile.open(init.path);
  const digest = new OwnDigest(init.path, life.signal);
  try {
    if (init.sizeBytes <= SMALL_BYTES) await digest.compute();
    let failures = 0;
    let movedMs = clock.nowMs();
    let confirmedBytes = 0;
    const progress = {
      // What the hub has is progress; what left this machine may be thrown away time and again.
      onOffset: (bytes: number): void => {
        if (bytes > confirmedBytes) failures = 0;
        confirmedBytes = Math.max(confirmedBytes, bytes);
        components.onSent(bytes);
      },
      onSent: (bytes: number): void => {
        movedMs = clock.nowMs();
        components.onSent(bytes);
      },
    };
    for (;;) {
      await mustBeUnchanged(file, init);
      try {
        return await attempt({ ...components, ...progress, digest, file }, init, { signal: life.signal });
      } catch (caught) {
        life.signal.throwIfAborted();
        const error = toTributaryError(caught);
        failures++;
        // Whoever refuses is there, one that was stopped for a while, say, and has not noticed yet that we gave up before.
        if (error.args.hubCode !== undefined) movedMs = clock.nowMs();
        if (!error.transient || isUsedUp(init.budget, failures, clock.nowMs() - movedMs)) throw error;
        components.onPhase('waiting', error);
        const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));
        await clock.sleep(pauseMs * (0.75 + 0.25 * components.random()), { signal: life.signal });
        // Offered from now on, so that the hub refuses a beginning of another state of the file.
        await digest.compute();
      }
    }
  } finally {
    life.abort(new Error('the upload is over'));
    life.dispose();
    await digest.settled();
    await file.close();
  }
}

interface AttemptComponents extends UploadComponents {
  readonly file: ReadableFile;
  readonly digest: OwnDigest;
  /** How many bytes the hub has from before. */
  onOffset(bytes: number): void;
}

async function attempt(
  { lease, file, digest, onPhase, onOffset, onSent }: AttemptComponents,
  init: UploadInit,
  options: { signal: AbortSignal },
): Promise<HubFileRecord> {
  const { fid } = init;
  const session = await lease.session(options);
  // An earlier attempt was complete, and only its answer was lost.
  const there = await session.find(fid, options);
  if (there !== null) {
    await digest.compute();
    return mustBeRight(session, there, { file, digest }, options);
  }
  const stop = new ChildAbort(options.signal);
  try {
    // Heard from the beginning: a refusal may come at any time.
    const available = session.whenAvailable(fid, { signal: stop.signal });
    available.catch(() => {});
    const sha256 = digest.known;
    const offer = { fid, filename: file.name, size: file.sizeBytes, ...(sha256 === null ? {} : { sha256 }) };
    onPhase('waiting', null);
    const offered = session.offer(offer, { signal: stop.signal });
    const port = await session.whileAlive(offered, portPatience(session, file), options);
    onPhase('sending', null);
    onOffset(port.offset);
    const goesUnchecked = session.isLocal && port.offset === 0 && file.sizeBytes > HASHED_TWICE_BYTES;
    if (!goesUnchecked) digest.compute().catch(() => {});
    const { connectMs, idleMs } = session.timings;
    const label = authorityOf({ hostname: port.address, port: port.port });
    const socket = await connectTcp({ ...port, label }, { signal: stop.signal, connectMs });
    try {
      const range = { start: port.offset, end: file.sizeBytes };
      const onBytes = (bytes: number): void => {
        session.noteLife();
        onSent(port.offset + bytes);
      };
      const sending = sendBytes(socket, range, file.readAt, { signal: stop.signal, onSent: onBytes, idleMs });
      // When the hub has given it up, it says why on the other connection, perhaps a moment later.
      const sent = sending.catch((error: unknown) =>
        Promise.race([available.then(() => {}), later(sendingError(error, session.label), stop.signal)]),
      );
      await Promise.race([sent, available]);
      await sent;
      onPhase('checking', null);
      const record = await session.whileAlive(available, checkPatience(session, file), options);
      const checked = mustBeUnchanged(file, init).then(() => (goesUnchecked ? null : digest.compute()));
      // What its owner is told was not shared must not be on the list.
      await checked.catch(async (error: unknown) => {
        await session.remove(fid, options).catch(() => {});
        throw error;
      });
      return await mustBeRight(session, record, { file, digest }, options);
    } finally {
      socket.destroy();
    }
  } finally {
    stop.abort(new Error('the attempt is over'));
    stop.dispose();
  }
}

function isUsedUp(budget: UploadBudget | null, failures: number, stillMs: number): boolean {
  if (budget === null) return false;
  return failures >= budget.attempts || (failures > 1 && stillMs >= budget.afterMs);
}

/** Others may go first. */
function portPatience({ timings, label: host }: HubSession, { sizeBytes }: ReadableFile): Patience {
  return {
    silentMs: timings.answerMs,
    wholeMs: timings.portMs + sizeBytes / SLOW_BYTES_PER_MS,
    error: () => new TributaryError('hub-busy', { host, reason: 'it has named no port for the upload' }),
  };
}

/** A hub that has kept all of a file to itself would do so again: that is final. */
function checkPatience({ timings, label: host }: HubSession, { sizeBytes }: ReadableFile): Patience {
  return {
    silentMs: timings.answerMs + sizeBytes / SILENT_BYTES_PER_MS,
    wholeMs: timings.checkMs + sizeBytes / SLOW_BYTES_PER_MS,
    error: () =>
      new TributaryError('hub-refused', { host, reason: 'it was sent the whole file and has not listed it' }),
  };
}

async function mustBeUnchanged(file: ReadableFile, { sizeBytes, modifiedMs, path }: UploadInit): Promise<void> {
  const same = file.sizeBytes === sizeBytes && file.modifiedMs === modifiedMs && (await file.isUnchanged());
  if (!same) throw new TributaryError('share-changed', { path });
}

/** `sendBytes` knows no host, and not who has stopped. */
function sendingError(error: unknown, host: string): unknown {
  if (!(error instanceof TributaryError)) return error;
  if (error.code === 'idle-timeout') return new TributaryError('hub-busy', { host, reason: 'it takes no more bytes' });
  return new TributaryError(error.code, { host, ...error.args });
}

/** Rejects with the error, after those who may know better had time to. */
function later(error: unknown, signal: AbortSignal): Promise<never> {
  return sleep(REASON_MS, { signal }).then(() => {
    throw error;
  });
}

/** What everybody gets now is what lies here, as far as that is known; else it is taken back. */
async function mustBeRight(
  session: HubSession,
  record: HubFileRecord,
  { file, digest }: { file: ReadableFile; digest: OwnDigest },
  options: { signal: AbortSignal },
): Promise<HubFileRecord> {
  const error = await whatIsWrong(session.label, record, file, digest.known);
  if (error === null) return record;
  await session.remove(record.fid, options).catch(() => {});
  throw error;
}

async function whatIsWrong(
  host: string,
  record: HubFileRecord,
  file: ReadableFile,
  sha256: string | null,
): Promise<TributaryError | null> {
  // Some file systems, and so some hubs, keep letters and their accents apart.
  if (record.filename.normalize() !== file.name.normalize())
    return new TributaryError('hub-refused', { host, reason: 'it lists the file by another name' });
  const isSame = sha256 === null || record.sha256 === null || record.sha256 === sha256;
  if (record.size === file.sizeBytes && isSame) return null;
  return (await file.isUnchanged())
    ? new TributaryError('wrong-content', { host })
    : new TributaryError('share-changed', { path: file.path });
}
