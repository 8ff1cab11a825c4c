import { createHash } from 'node:crypto';
import { basename, isAbsolute, join } from 'node:path';
import { type ErrorInfo, TributaryError, toTributaryError } from '../contract/errors.ts';
import type { ChunkDownload, IpfsAddition, IpfsSnapshot } from '../contract/ipfs.ts';
import type { IpfsSettings } from '../contract/settings.ts';
import type { TaskId } from '../contract/task.ts';
import { systemClock } from '../kit/clock.ts';
import { Emitter, type Event } from '../kit/emitter.ts';
import { Pacer } from '../kit/pacer.ts';
import { fileStamp } from './disk/fileRange.ts';
import { readJson, writeJson } from './disk/jsonFile.ts';
import { writeNewFile } from './disk/newFile.ts';
import type { Address } from './intake/address.ts';
import { ipfsLinkOf } from './intake/ipfsAddress.ts';
import { NodeKeeper } from './ipfs/nodeKeeper.ts';
import type { HttpClient } from './net/httpClient.ts';
import type { ContentFile } from './sources/ipfs/contentFile.ts';
import type { Source } from './sources/source.ts';
import type { ChunkEvent } from './transfer/chunkTracker.ts';

/** Snapshots to clients are no closer together than that. */
const TELL_MS = 250;

export interface IpfsComponents {
  readonly client: HttpClient;
  readonly onChunk: (event: ChunkEvent) => void;
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void;
}

export interface IpfsInit {
  /** Of the repository. */
  readonly folder: string;
  readonly userAgent: () => string;
}

/** What a task has opened. */
interface OpenContent {
  readonly url: string;
  readonly file: Promise<ContentFile>;
}

/** Files by their content: what tasks fetch, and what is offered to others. Loads the libraries when one is needed. */
export class Ipfs {
  readonly #components: IpfsComponents;
  readonly #folder: string;
  readonly #keeper: NodeKeeper;
  readonly #changed = new Emitter<IpfsSnapshot>();
  readonly #pacer = new Pacer(TELL_MS, () => this.#fireChange());
  readonly #closing = new AbortController();
  readonly #contents = new Map<TaskId, OpenContent>();
  readonly #additions = new Map<string, IpfsAddition>();
  readonly #remembering = new Set<Promise<void>>();
  #error: ErrorInfo | null = null;

  /** At most 4 a second. */
  readonly onDidChange: Event<IpfsSnapshot> = this.#changed.event;

  constructor(components: IpfsComponents, init: IpfsInit) {
    this.#components = components;
    this.#folder = init.folder;
    this.#keeper = new NodeKeeper({ client: components.client, clock: systemClock }, init);
    this.#keeper.onDidChange(() => this.#tell());
  }

  /** Files are offered: the engine has to stay. */
  get isNeeded(): boolean {
    return this.#keeper.serves || this.#additions.size > 0;
  }

  /** Goes on offering what an earlier engine in the same folder offered. Never throws. */
  async restore(): Promise<void> {
    const kept = await readJson(this.#sharingPath);
    if (typeof kept !== 'object' || kept === null || !('enabled' in kept) || kept.enabled !== true) return;
    await this.#serve().catch((error: unknown) => {
      this.#components.log('warn', `files are not offered over IPFS: ${toTributaryError(error).message}`);
    });
  }

  configure(settings: IpfsSettings): void {
    this.#keeper.configure(settings).catch((error: unknown) => this.#failed(error));
  }

  /**
   * The peers of a CID and the gateways as sources of a task.
   * @throws TributaryError `ipfs-unavailable`, `bad-option`, `disk-*`
   */
  async openSources(taskId: TaskId, address: Address): Promise<Source[]> {
    const { IpfsSource, GatewaySource } = await this.#keeper.library();
    const file = await this.#contentOf(taskId, address.url);
    const { name } = ipfsLinkOf(address.url);
    const own = new IpfsSource({ file }, { key: keyOf(address.display), address: address.display, name });
    const gateways = file.gateways.map(
      (gateway) => new GatewaySource({ file, gateway }, { key: keyOf(`${gateway.url} ${address.display}`), name }),
    );
    return [own, ...gateways];
  }

  /** Another source of a file that has a CID, too: its bytes are checked by that. @param init.leads it is the task's own link */
  async verified(taskId: TaskId, address: Address, inner: Source, init: { leads: boolean }): Promise<Source> {
    const { VerifiedSource } = await this.#keeper.library();
    const file = await this.#contentOf(taskId, address.url);
    return new VerifiedSource({ inner, file }, init);
  }

  /** A task has completed: where its file lies is remembered, so that it is not fetched again. Never throws. */
  completed(taskId: TaskId, path: string): void {
    const remembering = this.#remember(taskId, path).finally(() => this.#remembering.delete(remembering));
    this.#remembering.add(remembering);
  }

  /** The task is gone. */
  forget(taskId: TaskId): void {
    this.#contents.delete(taskId);
  }

  /** @throws TributaryError `ipfs-unavailable`, `disk-*` */
  async start(): Promise<IpfsSnapshot> {
    await this.#serve();
    await writeJson(this.#sharingPath, { enabled: true }, { durable: false });
    return this.snapshot();
  }

  async stop(): Promise<void> {
    await this.#keeper.stopServing();
    if ((await readJson(this.#sharingPath)) !== undefined)
      await writeJson(this.#sharingPath, { enabled: false }, { durable: false });
  }

  /**
   * Computes the CID of a file and offers it.
   * @throws TributaryError `bad-option`, `file-missing`, `share-changed`, `ipfs-unavailable`, `disk-*`
   */
  async share(path: string): Promise<{ cid: string; address: string }> {
    if (!isAbsolute(path)) throw new TributaryError('bad-option', { what: `The path ${path} is not absolute.` });
    const stamp = await fileStamp(path);
    if (stamp === null) throw new TributaryError('file-missing', { path });
    const { sizeBytes } = stamp;
    const onProgress = (readBytes: number): void => {
      this.#additions.set(path, { path, readBytes, sizeBytes });
      this.#tell();
    };
    onProgress(0);
    try {
      const repository = await this.#keeper.repository();
      const { cid } = await repository.share(path, { signal: this.#closing.signal, onProgress });
      await this.start();
      return { cid, address: addressOf(cid, path) };
    } finally {
      this.#additions.delete(path);
      this.#tell();
    }
  }

  async unshare(cid: string): Promise<void> {
    await (await this.#keeper.repository()).unshare(cid);
    this.#tell();
  }

  /** What clients see. Does not load anything. */
  async snapshot(): Promise<IpfsSnapshot> {
    const { node, serves, settings } = this.#keeper;
    const files = node === null ? [] : (await this.#keeper.repository()).sharedFiles;
    return {
      state: node === null ? 'off' : serves ? 'serving' : 'guest',
      network: settings.network,
      peerId: node?.id ?? null,
      addresses: node?.addresses ?? [],
      peers: node?.peers ?? [],
      files: files.map(({ cid, path, sizeBytes, addedAt }) => ({
        cid,
        address: addressOf(cid, path),
        name: basename(path),
        path,
        sizeBytes,
        addedAt,
        provided: node?.isProvided(cid) ?? false,
      })),
      additions: [...this.#additions.values()],
      sentBytes: node?.sentBytes ?? 0,
      error: this.#error,
    };
  }

  /**
   * One chunk of a file, fetched and written to a file of its own.
   * @throws TributaryError of the last attempt, `file-exists` (other bytes are there), `disk-*`
   */
  async downloadChunk({ peer, cid, fileHash, chunkIndex, outputPath }: ChunkDownload): Promise<{ path: string }> {
    if (!isAbsolute(outputPath))
      throw new TributaryError('bad-option', { what: `The path ${outputPath} is not absolute.` });
    const { onChunk } = this.#components;
    const chunk = { file_hash: fileHash, chunk_index: chunkIndex };
    const started = (): void =>
      onChunk({ name: 'download_chunk_started', payload: { ...chunk, cid, peer: peer ?? `ipfs://${fileHash}` } });
    const failed = (error: unknown): void =>
      onChunk({ name: 'download_chunk_failed', payload: { ...chunk, error: toTributaryError(error).code } });
    started();
    try {
      const bytes = await this.#fetchChunk({ peer, cid, fileHash }, (error) => {
        failed(error);
        started();
      });
      await writeNewFile(outputPath, bytes);
      const sizes = { bytes_received: bytes.length, total_bytes: bytes.length };
      onChunk({ name: 'download_chunk_progress', payload: { ...chunk, ...sizes } });
      onChunk({ name: 'download_chunk_complete', payload: { ...chunk, path: outputPath } });
      return { path: outputPath };
    } catch (error) {
      failed(error);
      throw error;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#remembering);
    this.#closing.abort(new TributaryError('engine-lost'));
    this.#pacer.dispose();
    await this.#keeper.close();
  }

  get #sharingPath(): string {
    return join(this.#folder, 'sharing.json');
  }

  async #remember(taskId: TaskId, path: string): Promise<void> {
    const opened = this.#contents.get(taskId);
    this.#contents.delete(taskId);
    if (opened === undefined) return;
    try {
      const content = (await opened.file).known;
      if (content?.kind !== 'file') return;
      await (await this.#keeper.repository()).remember(content.cid, path, content.inner);
    } catch (error) {
      this.#components.log('warn', `${path} is not remembered: ${toTributaryError(error).message}`);
    }
  }

  async #fetchChunk(
    { peer, cid, fileHash }: Pick<ChunkDownload, 'peer' | 'cid' | 'fileHash'>,
    onFailed: (error: TributaryError) => void,
  ): Promise<Uint8Array> {
    const { fetchChunk } = await this.#keeper.library();
    const { node, giveBack } = await this.#keeper.use();
    try {
      const file = node.openContent({ cid: fileHash, path: [], ...(peer === null ? {} : { peers: [peer] }) });
      file.use();
      try {
        return await fetchChunk(file, cid, systemClock, { signal: this.#closing.signal, onFailed });
      } finally {
        await file.release();
      }
    } finally {
      giveBack();
    }
  }

  /** The sources of one task share what they know of the file. */
  async #contentOf(taskId: TaskId, url: string): Promise<ContentFile> {
    const open = this.#contents.get(taskId);
    if (open?.url === url) {
      const file = await open.file.catch(() => null);
      if (file !== null && !file.isClosed) return file;
    }
    // Somebody else may have opened it meanwhile.
    const latest = this.#contents.get(taskId);
    if (latest !== undefined && latest !== open && latest.url === url) return latest.file;
    const file = this.#openContent(url);
    file.catch(() => {});
    this.#contents.set(taskId, { url, file });
    return file;
  }

  async #openContent(url: string): Promise<ContentFile> {
    const { cid, path } = ipfsLinkOf(url);
    await (await this.#keeper.repository()).refresh();
    const { node, giveBack } = await this.#keeper.use();
    const file = node.openContent({ cid, path });
    file.onDidClose(giveBack);
    return file;
  }

  async #serve(): Promise<void> {
    try {
      await this.#keeper.serve();
      this.#error = null;
    } catch (error) {
      this.#failed(error);
      throw error;
    }
  }

  #failed(error: unknown): void {
    this.#error = toTributaryError(error).toInfo();
    this.#tell();
  }

  #tell(): void {
    if (!this.#closing.signal.aborted) this.#pacer.request();
  }

  #fireChange(): void {
    this.snapshot().then(
      (snapshot) => this.#changed.fire(snapshot),
      () => {},
    );
  }
}

function addressOf(cid: string, path: string): string {
  return `ipfs://${cid}?filename=${encodeURIComponent(basename(path))}`;
}

function keyOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
