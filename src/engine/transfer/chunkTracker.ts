import type { EngineEvents } from '../../contract/engineApi.ts';

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
    this.#begin(Math.floor(offset / this.#init.chunkSize), peer);
  }

  written(start: number, end: number, peer: string): void {
    const { fileHash, path, emit } = this.#init;
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
    const index = Math.floor(offset / this.#init.chunkSize);
    this.#init.emit({
      name: 'download_chunk_failed',
      payload: { file_hash: this.#init.fileHash, chunk_index: index, error },
    });
    // The next attempt starts it anew.
    this.#started.delete(index);
  }

  /** The stream of a file of unknown size has ended: what was begun is complete. */
  ended(): void {
    for (const index of this.#received.keys()) {
      const payload = { file_hash: this.#init.fileHash, chunk_index: index, path: this.#init.path };
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
      this.failed(index * this.#init.chunkSize, 'wrong-content');
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
      payload: { file_hash: this.#init.fileHash, chunk_index: index, cid: null, peer },
    });
  }

  #lengthOf(index: number): number {
    const { chunkSize, sizeBytes } = this.#init;
    return sizeBytes === null ? chunkSize : Math.min(chunkSize, sizeBytes - index * chunkSize);
  }

  #forEachChunk(start: number, end: number, visit: (index: number, bytes: number) => void): void {
    const { chunkSize } = this.#init;
    for (let offset = start; offset < end; ) {
      const index = Math.floor(offset / chunkSize);
      const next = Math.min(end, (index + 1) * chunkSize);
      visit(index, next - offset);
      offset = next;
    }
  }
}
