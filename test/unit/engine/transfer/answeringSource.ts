import { TributaryError } from '../../../../src/contract/errors.ts';
import type { ByteRange, Source, SourceDescription } from '../../../../src/engine/sources/source.ts';
import { onAbort } from '../../../../src/kit/abort.ts';
import type { Clock } from '../../../../src/kit/clock.ts';
import { ScriptedSource } from './scriptedSource.ts';

/** What comes of one attempt to describe the file, after so many milliseconds; `never`: nothing. */
export type Answer =
  | 'never'
  | ({ readonly afterMs?: number } & (Partial<SourceDescription> | { readonly error: TributaryError }));

/** A file of 1000 bytes, with ranges. */
export function description(changes: Partial<SourceDescription> = {}): SourceDescription {
  return {
    sizeBytes: 1000,
    ranges: true,
    version: { etag: '"x"', lastModified: null },
    suggestedName: 'x',
    checksums: [],
    offers: { mirrors: [], metalinks: [] },
    isMetalink: false,
    ...changes,
  };
}

/** A failure that may be over soon. */
export function lost(): TributaryError {
  return new TributaryError('connection-lost', { host: 'h' });
}

/** One that stays. */
export function gone(): TributaryError {
  return new TributaryError('not-found', { host: 'h', status: 404 });
}

/** A source whose answers are written down beforehand; the last one is given again and again. */
export class AnsweringSource extends ScriptedSource {
  readonly asked: { readonly atMs: number; readonly wanted: ByteRange | undefined }[] = [];
  closed = 0;
  readonly #clock: Clock;
  readonly #answers: readonly Answer[];

  constructor(host: string, clock: Clock, answers: readonly Answer[] = [{}]) {
    super(0, () => {}, { host });
    this.#clock = clock;
    this.#answers = answers;
  }

  override async describe(options: Parameters<Source['describe']>[0]): Promise<SourceDescription> {
    const answer = this.#answers[Math.min(this.asked.length, this.#answers.length - 1)] ?? {};
    this.asked.push({ atMs: this.#clock.nowMs(), wanted: options.wanted });
    if (answer === 'never') return new Promise((_, reject) => void onAbort(options.signal, reject));
    const { afterMs = 0, ...rest } = answer;
    await this.#clock.sleep(afterMs, options);
    if ('error' in rest) throw rest.error;
    return description(rest);
  }

  override close(): void {
    this.closed++;
  }
}
