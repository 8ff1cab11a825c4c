import type { BoundedConnection } from '../net/boundedListener.ts';

/** Holds back what is sent. */
export interface UploadLimit {
  /** 0: no limit. It can change while bytes flow. */
  readonly bytesPerSecond: number;
  /** Resolves when so many bytes may go out; rejects when the signal is aborted. */
  admit(bytes: number, options: { signal: AbortSignal }): Promise<void>;
}

/** Waits for the limit, as often as not longer than a connection may be quiet: that is no fault of the other side. */
export async function admitTo(
  connection: BoundedConnection,
  limit: UploadLimit,
  bytes: number,
  options: { signal: AbortSignal },
): Promise<void> {
  if (limit.bytesPerSecond > 0) await connection.hold(limit.admit(bytes, options));
}
