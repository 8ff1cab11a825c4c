import { TributaryError, toTributaryError } from '../../contract/errors.ts';
import { ChildAbort, sleep } from '../../kit/abort.ts';
import type { Clock } from '../../kit/clock.ts';
import { hashFile } from '../disk/hashFile.ts';
import { ReadableFile } from '../disk/readableFile.ts';
import { connectData } from '../net/connectData.ts';
import type { HubSession } from '../net/hubSession.ts';
import type { HubLease } from '../net/hubSessions.ts';
import { sendBytes } from '../net/sendBytes.ts';
import type { HubFileRecord } from '../protocols/hub/hubMessages.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** How long the reason of a broken connection is waited for. */
const REASON_MS = 1000;
/** Its digest is known in no time, and offered. */
const SMALL_BYTES = 2 * 1024 * 1024;

/** What an upload is doing. */
export type UploadPhase = 'waiting' | 'sending' | 'checking';

export interface UploadComponents {
  readonly lease: HubLease;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** @param waiting why it waits, between two attempts */
  onPhase(phase: UploadPhase, waiting: TributaryError | null): void;
  /** How many bytes of the file the hub has, or are on their way to it. */
  onSent(bytes: number): void;
}

export interface UploadInit {
  readonly fid: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  /** Attempts in a row without a single byte; `Infinity`: a hub that is away is waited for. */
  readonly attempts: number;
}

/**
 * Puts a file onto a hub and resolves when everybody can fetch it as it lies here. What breaks off is gone on with. The digest
 * that the hub tells is compared with our own, except for one unbroken stream over loopback, where bytes never leave the
 * kernel: two digests of one file on one machine took as long as the upload.
 * @throws TributaryError `share-changed`, `share-unreadable`, those of the hub and the network; the signal's reason
 */
export async function uploadToHub(
  components: UploadComponents,
  init: UploadInit,
  options: { signal: AbortSignal },
): Promise<HubFileRecord> {
  const life = new ChildAbort(options.signal);
  const file = await ReadableFile.open(init.path);
  const digest = new OwnDigest(init.path, life.signal);
  try {
    if (init.sizeBytes <= SMALL_BYTES) await digest.compute();
    for (let failures = 0; ; ) {
      await mustBeUnchanged(file, init);
      let moved = false;
      const onSent = (bytes: number, fromHere: boolean): void => {
        moved ||= fromHere;
        components.onSent(bytes);
      };
      try {
        return await attempt({ ...components, onSent, digest, file }, init, { signal: life.signal });
      } catch (caught) {
        life.signal.throwIfAborted();
        const error = toTributaryError(caught);
        failures = moved ? 1 : failures + 1;
        if (!error.transient || failures >= init.attempts) throw error;
        components.onPhase('waiting', error);
        const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));
        await components.clock.sleep(pauseMs * (0.75 + 0.25 * components.random()), { signal: life.signal });
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

interface AttemptComponents extends Omit<UploadComponents, 'onSent'> {
  readonly file: ReadableFile;
  readonly digest: OwnDigest;
  /** @param fromHere false: the hub had them already */
  onSent(bytes: number, fromHere: boolean): void;
}

async function attempt(
  { lease, file, digest, onPhase, onSent }: AttemptComponents,
  init: UploadInit,
  options: { signal: AbortSignal },
): Promise<HubFileRecord> {
  const { fid } = init;
  const session = await lease.session(options);
  // An earlier attempt was complete, and only its answer was lost.
  const there = session.fileOf(fid);
  if (there !== null) return checked(session, there, await digest.compute(), init.path, options);
  const stop = new ChildAbort(options.signal);
  try {
    // Heard from the beginning: a refusal may come at any time.
    const available = session.whenAvailable(fid, { signal: stop.signal });
    available.catch(() => {});
    const sha256 = digest.known;
    const offer = { fid, filename: file.name, size: file.sizeBytes, ...(sha256 === null ? {} : { sha256 }) };
    const port = await session.offer(offer, { signal: stop.signal });
    onPhase('sending', null);
    onSent(port.offset, false);
    const certain = session.isLocal && port.offset === 0;
    if (!certain) digest.compute().catch(() => {});
    const socket = await connectData(port, { signal: stop.signal });
    try {
      const range = { start: port.offset, end: file.sizeBytes };
      const onBytes = (bytes: number): void => onSent(port.offset + bytes, true);
      const sending = sendBytes(socket, range, file.readAt, { signal: stop.signal, onSent: onBytes });
      // When the hub has given it up, it says why on the other connection, perhaps a moment later.
      const sent = sending.catch((error: unknown) =>
        Promise.race([available.then(() => {}), later(error, stop.signal)]),
      );
      await Promise.race([sent, available]);
      await sent;
      onPhase('checking', null);
      const record = await available;
      await mustBeUnchanged(file, init).catch(async (error: unknown) => {
        await session.remove(fid, options).catch(() => {});
        throw error;
      });
      return certain ? record : await checked(session, record, await digest.compute(), init.path, options);
    } finally {
      socket.destroy();
    }
  } finally {
    stop.abort(new Error('the attempt is over'));
    stop.dispose();
  }
}

/** SHA-256 of the file that is shared, computed when it is needed, and once. */
class OwnDigest {
  readonly #path: string;
  readonly #signal: AbortSignal;
  #computing: Promise<string> | null = null;
  #known: string | null = null;

  constructor(path: string, signal: AbortSignal) {
    this.#path = path;
    this.#signal = signal;
  }

  /** Null: not computed yet. */
  get known(): string | null {
    return this.#known;
  }

  compute(): Promise<string> {
    this.#computing ??= hashFile({ path: this.#path, algorithm: 'sha256' }, { signal: this.#signal }).then((hex) => {
      this.#known = hex;
      return hex;
    });
    return this.#computing;
  }

  /** What is under way has ended, somehow. */
  async settled(): Promise<void> {
    await this.#computing?.catch(() => {});
  }
}

async function mustBeUnchanged(file: ReadableFile, { sizeBytes, modifiedMs, path }: UploadInit): Promise<void> {
  const same = file.sizeBytes === sizeBytes && file.modifiedMs === modifiedMs && (await file.isUnchanged());
  if (!same) throw new TributaryError('share-changed', { path });
}

/** Rejects with the error, after those who may know better had time to. */
function later(error: unknown, signal: AbortSignal): Promise<never> {
  return sleep(REASON_MS, { signal }).then(() => {
    throw error;
  });
}

/** What everybody gets now is what lies here; else it is taken back. */
async function checked(
  session: HubSession,
  record: HubFileRecord,
  sha256: string,
  path: string,
  options: { signal: AbortSignal },
): Promise<HubFileRecord> {
  if (sha256 === record.sha256) return record;
  await session.remove(record.fid, options).catch(() => {});
  throw new TributaryError('share-changed', { path });
}
