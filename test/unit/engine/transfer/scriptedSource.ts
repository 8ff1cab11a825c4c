import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ByteRange, Lane, ReadEnd, Source, SourceDescription } from '../../../../src/engine/sources/source.ts';
import { onAbort } from '../../../../src/kit/abort.ts';
import { type ByteSink, fillFrom } from '../../../../src/kit/byteSink.ts';

/** One read of a lane, as the script sees it. */
export interface ReadStep {
  readonly range: ByteRange;
  readonly lane: number;
  /** Reads begun before, over all lanes. */
  readonly number: number;
  /** Lanes that read now, this one included. */
  readonly readers: number;
  /** Gives so many more bytes; false when the range is complete. */
  give(bytes: number): Promise<boolean>;
  /** Never comes back, until it is aborted. */
  hang(): Promise<never>;
}

/** Called for each read, before the rest of the range is given; throws what the lane should fail with. */
export type ReadScript = (step: ReadStep) => Promise<void> | void;

/** A file whose lanes do as the script says, and otherwise give every byte. */
export class ScriptedSource implements Source {
  readonly kind = 'http';
  readonly key: string;
  readonly address: string;
  readonly peer: string;
  /** What its lanes give; a test may spoil it. */
  readonly content: Buffer;
  readonly reads: ByteRange[] = [];
  openLanes = 0;
  lanes = 0;
  readers = 0;
  readonly #script: ReadScript;

  constructor(sizeBytes: number, script: ReadScript = () => {}, init: { host?: string; key?: string } = {}) {
    const { host = 'example.com', key = host } = init;
    this.key = key;
    this.peer = `https://${host}`;
    this.address = `${this.peer}/file`;
    this.content = Buffer.alloc(sizeBytes);
    for (let i = 0; i < sizeBytes; i++) this.content[i] = (i * 7 + (i >> 10) * 13 + 1) & 0xff;
    this.#script = script;
  }

  describe(_options?: Parameters<Source['describe']>[0]): Promise<SourceDescription> {
    return Promise.reject(new Error('nobody asks'));
  }

  close(): void {}

  openLane(): Lane {
    const number = this.lanes++;
    this.openLanes++;
    let open = true;
    const lane = {
      position: null as number | null,
      read: async (range: ByteRange, sink: ByteSink, options: { signal: AbortSignal }): Promise<ReadEnd> => {
        assert.ok(open, 'a lane was used after it was closed');
        this.readers++;
        try {
          return await this.#read(range, sink, options, number);
        } finally {
          this.readers--;
          lane.position = sink.position;
        }
      },
      close: () => {
        assert.ok(open, 'a lane was closed twice');
        open = false;
        this.openLanes--;
      },
    };
    return lane;
  }

  async #read(range: ByteRange, sink: ByteSink, { signal }: { signal: AbortSignal }, lane: number): Promise<ReadEnd> {
    const give = async (count: number): Promise<boolean> => {
      for (let left = count; left > 0 && sink.remaining > 0; ) {
        await nextTurn();
        signal.throwIfAborted();
        const { position } = sink;
        const chunk = this.content.subarray(position, position + Math.min(left, 64 * 1024));
        if (chunk.length === 0) break;
        const { goOn } = fillFrom(sink, chunk);
        left -= sink.position - position;
        if (!goOn) await sink.ready({ signal });
      }
      return sink.remaining > 0;
    };
    const hang = (): Promise<never> => new Promise((_, reject) => void onAbort(signal, reject));
    const number = this.reads.push(range) - 1;
    await nextTurn();
    signal.throwIfAborted();
    await this.#script({ range, lane, number, readers: this.readers, give, hang });
    await give(Number.POSITIVE_INFINITY);
    return sink.remaining > 0 ? 'ended' : 'filled';
  }
}
