import type { EngineEvents } from '../../contract/engineApi.ts';
import type { ContentLayout } from '../sources/source.ts';

type ChunkEventName = Extract<keyof EngineEvents, `download_chunk_${string}`>;

/** One of PROTOCOLS §3's chunk events. */
export type ChunkEvent = {
  [N in ChunkEventName]: { readonly name: N; readonly payload: EngineEvents[N] };
}[ChunkEventName];

export interface ChunkTrackerInit {
  /** Digest of the file where known, else the task's id. */
  readonly fileHash: string;
  readonly chunkSize: number;
  /** Null: unknown; the last chunk is complete when the file is. */
  readonly sizeBytes: number | null;
  readonly path: string;
  /** Its blocks are the chunks then, whatever their sizes, and its hash the file's. @default chunks of `chunkSize` */
  readonly content?: ContentLayout | null;
  readonly emit: (event: ChunkEvent) => void;
}

/** Turns written ranges into events about chunks. */
export class ChunkTracker {
  readonly #init: ChunkTrackerInit;
  /** Bytes in the file, for chunks that have begun and are not complete. */
  readonly #received = new Map<number, number>();
  readonly #started = new Set<number>();

  constructor(init: ChunkTrackerInit) {
    this.#init = init;
  }

  /** Takes over what an earlier run of the task had written; tells nobody. */
  restore(start: number, end: number): void {
    this.#forEachChunk(start, end, (index, bytes) => {
      this.#started.add(index);
      this.#received.set(index, (this.#received.get(index) ?? 0) + bytes);
    });
  }

  started(offset: number, peer: string): void {
    this.#begin(this.#indexAt(offset), peer);
  }

  written(start: number, end: number, peer: string): void {
    const { path, emit } = this.#init;
    const fileHash = this.#fileHash;
    this.#forEachChunk(start, end, (index, bytes) => {
      this.#begin(index, peer);
      const received = (this.#received.get(index) ?? 0) + bytes;
      const total = this.#lengthOf(index);
      this.#received.set(index, received);
      const progress = { file_hash: fileHash, chunk_index: index, bytes_received: received, total_bytes: total };
      emit({ name: 'download_chunk_progress', payload: progress });
      if (received === total && this.#init.sizeBytes !== null) {
        this.#received.delete(index);
        emit({ name: 'download_chunk_complete', payload: { file_hash: fileHash, chunk_index: index, path } });
      }
    });
  }

  failed(offset: number, error: string): void {
    const index = this.#indexAt(offset);
    // Where nobody has begun, nothing has failed: another lane was faster, or the run ended at the chunk's edge.
    if (!this.#started.has(index)) return;
    this.#init.emit({
      name: 'download_chunk_failed',
      payload: { file_hash: this.#fileHash, chunk_index: index, error },
    });
    // The next attempt starts it anew.
    this.#started.delete(index);
  }

  /** The stream of a file of unknown size has ended: what was begun is complete. */
  ended(): void {
    for (const index of this.#received.keys()) {
      const payload = { file_hash: this.#fileHash, chunk_index: index, path: this.#init.path };
      this.#init.emit({ name: 'download_chunk_complete', payload });
    }
    this.#received.clear();
  }

  /** What was written there turned out to be wrong. */
  restart(start: number, end: number): void {
    this.#forEachChunk(start, end, (index, bytes) => {
      // A complete chunk is no longer counted.
      const received = this.#received.get(index) ?? this.#lengthOf(index);
      this.#received.set(index, received - bytes);
      this.failed(this.#startOf(index), 'wrong-content');
    });
  }

  /** What was written is void: the file starts from its first byte again. */
  reset(): void {
    this.#received.clear();
    this.#started.clear();
  }

  #begin(index: number, peer: string): void {
    if (this.#started.has(index)) return;
    this.#started.add(index);
    this.#init.emit({
      name: 'download_chunk_started',
      payload: {
        file_hash: this.#fileHash,
        chunk_index: index,
        cid: this.#init.content?.blockAt(index).cid ?? null,
        peer,
      },
    });
  }

  get #fileHash(): string {
    return this.#init.content?.hash ?? this.#init.fileHash;
  }

  #indexAt(offset: number): number {
    return this.#init.content?.indexAt(offset) ?? Math.floor(offset / this.#init.chunkSize);
  }

  #startOf(index: number): number {
    return this.#init.content?.blockAt(index).start ?? index * this.#init.chunkSize;
  }

  #lengthOf(index: number): number {
    const { chunkSize, sizeBytes, content } = this.#init;
    if (content != null) return content.blockAt(index).end - content.blockAt(index).start;
    return sizeBytes === null ? chunkSize : Math.min(chunkSize, sizeBytes - index * chunkSize);
  }

  #forEachChunk(start: number, end: number, visit: (index: number, bytes: number) => void): void {
    for (let offset = start; offset < end; ) {
      const index = this.#indexAt(offset);
      const next = Math.min(end, this.#startOf(index) + this.#lengthOf(index));
      // What cannot be: a block without bytes. It would be visited for ever.
      if (next <= offset) return;
      visit(index, next - offset);
      offset = next;
    }
  }
}
