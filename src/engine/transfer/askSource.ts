import { TributaryError, toTributaryError } from '../../contract/errors.ts';
import type { Clock } from '../../kit/clock.ts';
import type { ByteRange, Source, SourceDescription } from '../sources/source.ts';
import { retryDelayMs } from './backoff.ts';
import type { HostPolicies } from './hostPolicies.ts';

export interface AskSourceComponents {
  readonly hosts: HostPolicies;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Why nothing is asked for a while. */
  onWaiting(reason: TributaryError): void;
  /** An attempt has failed, and there will be another one. */
  onFailure(): void;
}

export interface AskSourceInit {
  /** What the file is likely to need first; null: all of it. */
  readonly wanted: ByteRange | null;
  /** What the file must have; null: whatever it has. */
  readonly sizeBytes: number | null;
  /** It is worth more attempts, since something has answered before. */
  readonly everReached: boolean;
}

/**
 * Asks a source what it has, until it answers or is not worth another attempt.
 * @throws TributaryError of the last attempt; `mirror-unfit` (another size); the signal's reason when aborted
 */
export async function askSource(
  source: Source,
  components: AskSourceComponents,
  { wanted, sizeBytes, everReached }: AskSourceInit,
  options: { signal: AbortSignal },
): Promise<SourceDescription> {
  const { hosts, clock, random, onWaiting, onFailure } = components;
  for (let failures = 1; ; failures++) {
    try {
      await waitForHost(source, components, options);
      const described = await source.describe(wanted === null ? options : { ...options, wanted });
      if (sizeBytes === null || described.sizeBytes === sizeBytes) return described;
      const { host } = new URL(source.peer);
      throw new TributaryError('mirror-unfit', { host, reason: 'its file has another size' });
    } catch (caught) {
      options.signal.throwIfAborted();
      const error = toTributaryError(caught);
      const { retryAfterMs } = error.args;
      if (typeof retryAfterMs === 'number') hosts.hold(source.peer, retryAfterMs, error);
      const delayMs = retryDelayMs(error, failures, everReached, random());
      if (delayMs === null) throw error;
      onFailure();
      onWaiting(error);
      await clock.sleep(delayMs, options);
    }
  }
}

/** As long as other tasks have been told to leave it alone. */
async function waitForHost(
  source: Source,
  { hosts, clock, onWaiting }: AskSourceComponents,
  options: { signal: AbortSignal },
): Promise<void> {
  for (let held = hosts.held(source.peer); held !== null; held = hosts.held(source.peer)) {
    onWaiting(held.reason);
    await clock.sleep(held.ms, options);
  }
}
