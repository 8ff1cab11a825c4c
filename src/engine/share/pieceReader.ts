import { ServedFile } from '../disk/servedFile.ts';
import type { SharedFile } from './sharedFiles.ts';

/** Read at a time, because the next pieces are asked for next. */
const BLOCK_BYTES = 64 * 1024;
const BLOCKS_EACH = 8;
const MAX_OPEN = 32;
/** How long what was read is believed without a look at the file. */
const BELIEVED_MS = 100;
const IDLE_MS = 2000;

interface OpenFile {
  readonly file: ServedFile;
  readonly blocks: Map<number, Promise<Uint8Array>>;
  checkedMs: number;
  usedMs: number;
}

/** Tiny pieces of files, thousands a second: the files stay open between them. */
export class PieceReader {
  readonly #open = new Map<string, Promise<OpenFile | null>>();
  readonly #timer = setInterval(() => void this.#closeIdle(), IDLE_MS).unref();
  #closed = false;

  /** Null: the file is gone. */
  async size({ path }: SharedFile): Promise<number | null> {
    const open = await this.#fresh(path);
    return open?.file.facts.sizeBytes ?? null;
  }

  /** At most `length` bytes; none at or past the end; null: the file is gone. @throws TributaryError of the disk */
  async read({ path }: SharedFile, offset: number, length: number): Promise<Uint8Array | null> {
    const open = await this.#fresh(path);
    if (open === null) return null;
    const { sizeBytes } = open.file.facts;
    const end = Math.min(offset + length, sizeBytes);
    if (offset >= end) return new Uint8Array(0);
    const index = Math.floor(offset / BLOCK_BYTES);
    const first = await this.#block(open, index);
    const start = offset - index * BLOCK_BYTES;
    const piece = first.subarray(start, start + end - offset);
    if (piece.length === end - offset || first.length < BLOCK_BYTES) return piece;
    const second = await this.#block(open, index + 1);
    return Buffer.concat([piece, second.subarray(0, end - offset - piece.length)]);
  }

  /** Nothing is opened after it: who has asked just before is told that the file is gone. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await Promise.all([...this.#open.keys()].map((path) => this.#forget(path)));
  }

  /** Open, and of the version that lies there now. */
  async #fresh(path: string): Promise<OpenFile | null> {
    const nowMs = performance.now();
    const known = this.#open.get(path);
    const open = await known;
    if (known !== undefined && open != null) {
      open.usedMs = nowMs;
      if (nowMs - open.checkedMs < BELIEVED_MS) return open;
      open.checkedMs = nowMs;
      const there = await ServedFile.open(path);
      await there?.close();
      if (there?.facts.tag === open.file.facts.tag) return open;
    }
    // Somebody else may have opened it anew while we looked.
    if (this.#open.get(path) === known) {
      if (known !== undefined) await this.#forget(path);
      await this.#makeRoom();
      if (this.#closed) return null;
      if (!this.#open.has(path)) this.#open.set(path, openFile(path));
    }
    const opened = (await this.#open.get(path)) ?? null;
    if (opened === null) this.#open.delete(path);
    return opened;
  }

  async #block(open: OpenFile, index: number): Promise<Uint8Array> {
    const known = open.blocks.get(index);
    if (known !== undefined) return known;
    const block = readBlock(open.file, index);
    open.blocks.set(index, block);
    block.catch(() => open.blocks.delete(index));
    const [oldest] = open.blocks.keys();
    if (open.blocks.size > BLOCKS_EACH && oldest !== undefined) open.blocks.delete(oldest);
    return block;
  }

  async #makeRoom(): Promise<void> {
    const [oldest] = this.#open.keys();
    if (this.#open.size >= MAX_OPEN && oldest !== undefined) await this.#forget(oldest);
  }

  async #closeIdle(): Promise<void> {
    const nowMs = performance.now();
    for (const [path, opening] of this.#open) {
      const open = await opening;
      if (open === null || nowMs - open.usedMs > IDLE_MS) await this.#forget(path);
    }
  }

  async #forget(path: string): Promise<void> {
    const opening = this.#open.get(path);
    this.#open.delete(path);
    const open = await opening;
    // Those that read from it now are not cut off.
    await Promise.allSettled(open?.blocks.values() ?? []);
    await open?.file.close();
  }
}

async function openFile(path: string): Promise<OpenFile | null> {
  const file = await ServedFile.open(path);
  const nowMs = performance.now();
  return file === null ? null : { file, blocks: new Map(), checkedMs: nowMs, usedMs: nowMs };
}

async function readBlock(file: ServedFile, index: number): Promise<Uint8Array> {
  const { sizeBytes } = file.facts;
  const start = index * BLOCK_BYTES;
  const block = Buffer.allocUnsafe(Math.max(0, Math.min(BLOCK_BYTES, sizeBytes - start)));
  return block.subarray(0, await file.read(block, start));
}
