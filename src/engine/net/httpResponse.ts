import type { ByteSink } from '../../kit/byteSink.ts';

/** `filled`: the sink's range is complete, the body may go on. `ended`: the body came to its proper end. */
export type BodyEnd = 'filled' | 'ended';

export type HeaderValues = Readonly<Record<string, string | string[] | undefined>>;

/** An answer whose body has not been read yet. Either read it to its end or discard it. */
export interface HttpResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: HeaderValues;
  /**
   * Fills the sink with the next bytes of the body. Can be called again for the bytes after those.
   * @throws TributaryError of the network or the disk; the signal's reason when aborted
   */
  readInto(sink: ByteSink, options: { signal: AbortSignal }): Promise<BodyEnd>;
  /** Drops what was not read, and the connection when there is such. */
  discard(): void;
}

/** One value; null when it is missing. Values given several times are joined as RFC 9110 §5.2 says. */
export function headerOf(response: { readonly headers: HeaderValues }, name: string): string | null {
  const value = Object.hasOwn(response.headers, name) ? response.headers[name] : undefined;
  return value === undefined ? null : typeof value === 'string' ? value : value.join(', ');
}
