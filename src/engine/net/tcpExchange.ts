import net from 'node:net';
import { TributaryError } from '../../contract/errors.ts';
import { onAbort } from '../../kit/abort.ts';
import { authorityOf } from '../intake/authority.ts';
import { toNetworkError } from './networkError.ts';

/** One request and one answer, then the connection is over. */
export interface ExchangeInit {
  readonly hostname: string;
  readonly port: number;
  readonly request: string;
  /** A longer answer is cut off behind one byte more than that, and the connection with it. */
  readonly maxBytes: number;
  readonly connectMs: number;
  /** Until the other side has closed it; begins when the time to connect is over. */
  readonly answerMs: number;
  /** Says at once that nothing more is coming, for those who wait for that. */
  readonly halfClose: boolean;
  /**
   * Whether so much may be the whole answer. Then it counts though the other side resets the connection behind it, and who
   * says nothing more without closing is told that nothing more is coming: some wait for that.
   */
  readonly mayBeAll: (answer: Buffer) => boolean;
}

/** A pause of that length behind an answer is no part of it. */
const QUIET_MS = 50;

/** Where the kernel puts what is read; every callback copies it out before the next read can come. */
const READ_BYTES = 64 * 1024;
const shared = Buffer.allocUnsafeSlow(READ_BYTES);

/**
 * Everything that the other side sends until it closes.
 * @throws TributaryError of the network; the signal's reason when aborted
 */
export async function exchange(init: ExchangeInit, options: { signal: AbortSignal }): Promise<Buffer> {
  options.signal.throwIfAborted();
  const { hostname, port, maxBytes } = init;
  const host = authorityOf(init);
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let bytes = 0;
    const socket = net.connect({
      host: hostname,
      port,
      onread: {
        buffer: shared,
        callback: (count) => {
          if (settled) return false;
          stage = 'idle-timeout';
          parts.push(Buffer.from(shared.subarray(0, Math.min(count, maxBytes + 1 - bytes))));
          bytes += count;
          if (bytes > maxBytes) finish();
          else if (!init.halfClose) quiet = rearmed(quiet, () => void (mayBeAll() && socket.end()));
          return true;
        },
      },
    });
    let settled = false;
    let quiet: NodeJS.Timeout | undefined;
    const answer = (): Buffer => (parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts));
    const mayBeAll = (): boolean => bytes > 0 && init.mayBeAll(answer());
    const settle = (): void => {
      settled = true;
      link.dispose();
      clearTimeout(timer);
      clearTimeout(quiet);
      socket.destroy();
    };
    const fail = (error: unknown): void => {
      settle();
      reject(error);
    };
    const finish = (): void => {
      settle();
      resolve(answer());
    };
    const broken = (error: unknown): void => {
      if (settled) return;
      if (mayBeAll()) finish();
      else fail(error);
    };
    const link = onAbort(options.signal, fail);
    // One timer for both waits: it looks at what has happened when the first is over, which it rarely comes to.
    let stage: 'connect-timeout' | 'first-byte-timeout' | 'idle-timeout' = 'connect-timeout';
    let timer = setTimeout(() => {
      if (stage === 'connect-timeout') fail(new TributaryError(stage, { host }));
      else timer = setTimeout(() => fail(new TributaryError(stage, { host })), init.answerMs);
    }, init.connectMs);
    socket.on('error', (error) => broken(toNetworkError(error, host)));
    socket.once('connect', () => {
      stage = 'first-byte-timeout';
    });
    socket.once('end', finish);
    // Without an end in good order: broken.
    socket.once('close', () => broken(new TributaryError('connection-lost', { host })));
    if (init.halfClose) socket.end(init.request);
    else socket.write(init.request);
    // Without that, the end would never be told.
    socket.resume();
  });
}

function rearmed(timer: NodeJS.Timeout | undefined, onQuiet: () => void): NodeJS.Timeout {
  return timer?.refresh() ?? setTimeout(onQuiet, QUIET_MS);
}
