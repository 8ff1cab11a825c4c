import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type net from 'node:net';
import { TributaryError, toTributaryError } from '../../contract/errors.ts';
import { ChildAbort } from '../../kit/abort.ts';
import { Emitter, type Event } from '../../kit/emitter.ts';
import { isLoopback } from '../intake/loopback.ts';
import { LineConnection } from '../net/lineConnection.ts';
import { listenTcp, type TcpListener } from '../net/listenTcp.ts';
import { plainAddress } from '../net/plainAddress.ts';
import { fidKey } from '../protocols/hub/fidKey.ts';
import { DEFAULT_HUB_LIMITS, type HubLimits } from '../protocols/hub/hubLimits.ts';
import {
  type ClientId,
  type HubAction,
  HubMachine,
  type HubMember,
  type UploadEnd,
} from '../protocols/hub/hubMachine.ts';
import type { FileOffer, HubFileRecord } from '../protocols/hub/hubMessages.ts';
import { type DownloadClient, type DownloadRequest, HubDownloads } from './hubDownloads.ts';
import { HubFiles } from './hubFiles.ts';
import type { TakerCounts } from './hubTakers.ts';
import { type HubPeer, receiveUpload } from './receiveUpload.ts';
import { UploadPlaces } from './uploadPlaces.ts';

/** A client that has not said HELLO by then is none. */
const HELLO_MS = 10_000;
/** For the last bytes of an upload whose client is back already and waits to go on with it. */
const LAST_BYTES_MS = 2000;
/** The shortest key for those who listen to a network. */
const LEAST_KEY_CHARACTERS = 8;

export interface HubServerInit {
  /** Of this machine; not loopback: a key is needed. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Holds `uploads/` and `index/`; made when missing. */
  readonly folder: string;
  readonly key: string | null;
  readonly limits?: Partial<HubLimits>;
}

/** A file that is being uploaded to this hub. */
export interface IncomingUpload {
  readonly fid: string;
  readonly filename: string;
  readonly uploader: string;
  readonly sizeBytes: number;
  receivedBytes: number;
}

interface RunningUpload {
  readonly incoming: IncomingUpload;
  readonly end: AbortController;
  readonly cancel: AbortController;
}

interface Connected extends DownloadClient {
  /** What is sent in order behind something that takes a moment; null when nothing does. */
  line: Promise<void> | null;
}

/** A share hub (PROTOCOLS §2): sockets and files around a `HubMachine`. */
export class HubServer {
  readonly #init: HubServerInit;
  readonly #files: HubFiles;
  readonly #machine: HubMachine;
  readonly #places: UploadPlaces;
  readonly #clients = new Map<ClientId, Connected>();
  readonly #uploads = new Map<string, RunningUpload>();
  readonly #downloads: HubDownloads;
  readonly #work = new Set<Promise<void>>();
  /** Of each transfer there is a child, not an `AbortSignal.any`: Node keeps a trace of every one of those for as long as this lives. */
  readonly #closing = new AbortController();
  readonly #changed = new Emitter<void>();
  readonly #log = new Emitter<string>();
  #listener: TcpListener | null = null;
  #lastId = 0;

  /** Members, files or uploads are others than before; often. */
  readonly onDidChange: Event<void> = this.#changed.event;
  /** What somebody who looks after the hub may want to know; without keys. */
  readonly onDidLog: Event<string> = this.#log.event;

  private constructor(init: HubServerInit, files: HubFiles, limits: HubLimits) {
    this.#init = init;
    this.#files = files;
    const { receiving: places, slowMs: lookMs, slowBytesPerSecond: leastBytesPerSecond } = limits;
    this.#places = new UploadPlaces({ places, lookMs, leastBytesPerSecond });
    const key = init.key === null ? null : digest(init.key);
    this.#machine = new HubMachine(
      {
        // Of equal length whatever was given, so that the time tells nothing.
        keyIsRight: (given) => key === null || timingSafeEqual(digest(given), key),
        uidOf: (name, address, n) =>
          createHmac('sha256', files.secret)
            .update(JSON.stringify([name, address, n]))
            .digest('hex')
            .slice(0, 16),
      },
      { files: files.records, limits },
    );
    this.#downloads = new HubDownloads({
      files,
      machine: this.#machine,
      closing: this.#closing.signal,
      perform: (actions) => this.#perform(actions),
      onChange: () => this.#changed.fire(),
      onTrouble: (error) => this.#tellOfTrouble('download', error),
    });
  }

  /** @throws TributaryError `bad-option` (no key off loopback), `port-in-use`, `listen-failed`, `hub-folder-busy`, disk errors; the signal's reason */
  static async start(
    init: HubServerInit,
    options: { signal: AbortSignal } = new AbortController(),
  ): Promise<HubServer> {
    if (!isLoopback(init.host) && (init.key ?? '').length < LEAST_KEY_CHARACTERS) {
      const what = `A hub that others can reach needs a key of at least ${LEAST_KEY_CHARACTERS} characters.`;
      throw new TributaryError('bad-option', { what });
    }
    const limits = { ...DEFAULT_HUB_LIMITS, ...init.limits };
    const files = await HubFiles.open(init.folder, limits, options);
    const server = new HubServer(init, files, limits);
    try {
      server.#listener = await listenTcp(init, (socket) => server.#take(socket));
    } catch (error) {
      await files.close();
      throw error;
    }
    return server;
  }

  get host(): string {
    return this.#init.host;
  }

  get port(): number {
    return this.#listener?.port ?? this.#init.port;
  }

  get folder(): string {
    return this.#init.folder;
  }

  get files(): readonly HubFileRecord[] {
    return this.#machine.files;
  }

  /** What should be told of the folder as it was found; null: nothing. */
  get trouble(): string | null {
    const { unlisted } = this.#files;
    if (unlisted === 0) return null;
    // The entry may be damaged, and so may the file: somebody has written to it, say.
    const why = `index/ in ${this.folder} does not know ${unlisted === 1 ? 'it as it is' : 'them as they are'}`;
    return unlisted === 1
      ? `hub: 1 file is not listed, because ${why}. It stays in uploads/ for a week.`
      : `hub: ${unlisted} files are not listed, because ${why}. They stay in uploads/ for a week.`;
  }

  get members(): readonly HubMember[] {
    return this.#machine.members;
  }

  get incoming(): readonly IncomingUpload[] {
    return [...this.#uploads.values()].map(({ incoming }) => incoming);
  }

  get takers(): readonly TakerCounts[] {
    return this.#downloads.takers;
  }

  /** By its owner, who may remove whatever is there. */
  remove(fid: string): void {
    this.#perform(this.#machine.removed(fid));
  }

  /** Ends every connection; what uploads have brought stays. */
  async close(): Promise<void> {
    this.#closing.abort(new TributaryError('engine-lost'));
    const listening = this.#listener?.close();
    for (const { connection } of this.#clients.values()) connection.finish();
    while (this.#work.size > 0) await Promise.all(this.#work);
    await listening;
    await this.#files.close();
  }

  #take(socket: net.Socket): void {
    if (this.#closing.signal.aborted) {
      socket.destroy();
      return;
    }
    const id = ++this.#lastId;
    const address = plainAddress(socket.remoteAddress);
    const peer: HubPeer = { address, localHost: socket.localAddress ?? this.#init.host };
    const connection = new LineConnection(socket);
    const left = new AbortController();
    this.#clients.set(id, { connection, peer, left, line: null });
    const hello = setTimeout(() => {
      if (this.#machine.memberOf(id) === null) connection.dispose();
    }, HELLO_MS);
    connection.onDidReceive((line) => {
      const known = this.#machine.memberOf(id) !== null;
      this.#perform(this.#machine.received(id, line, performance.now()));
      if (!known && this.#machine.memberOf(id) !== null) {
        clearTimeout(hello);
        this.#changed.fire();
      }
    });
    connection.onDidOverflow(() => {
      this.#perform(this.#machine.lineTooLong(id));
      connection.finish();
    });
    connection.onDidClose(() => {
      clearTimeout(hello);
      left.abort();
      this.#clients.delete(id);
      this.#perform(this.#machine.disconnected(id));
      this.#changed.fire();
    });
    socket.resume();
    this.#perform(this.#machine.connected(id, address));
  }

  #perform(actions: readonly HubAction[]): void {
    for (const action of actions) {
      switch (action.kind) {
        case 'send':
          for (const id of action.to) this.#inOrder(id, ({ connection }) => connection.send(action.line));
          break;
        case 'close':
          this.#inOrder(action.client, ({ connection }) => connection.finish());
          break;
        case 'cutOff':
          this.#clients.get(action.client)?.connection.dispose();
          break;
        case 'openUpload':
          this.#track(this.#upload(action.client, action.offer));
          break;
        case 'endUpload':
          this.#endSoon(action.fid);
          break;
        case 'cancelUpload':
          this.#uploads.get(fidKey(action.fid))?.cancel.abort(new TributaryError('connection-lost'));
          break;
        case 'openDownload':
          this.#download(action);
          break;
        case 'deleteFile':
          this.#downloads.end(action.fid);
          this.#track(this.#delete(action.fid));
          break;
      }
    }
  }

  /** Behind what this client waits for already: answers come in the order of the questions. */
  #inOrder(id: ClientId, step: (client: Connected) => void): void {
    const client = this.#clients.get(id);
    if (client === undefined) return;
    if (client.line === null) step(client);
    else this.#lineUp(client, async () => step(client));
  }

  #lineUp(client: Connected, step: () => Promise<void>): void {
    const line = (client.line ?? Promise.resolve()).then(step).finally(() => {
      if (client.line === line) client.line = null;
    });
    client.line = line;
    this.#track(line);
  }

  async #upload(id: ClientId, offer: FileOffer): Promise<void> {
    const client = this.#clients.get(id);
    const member = this.#machine.memberOf(id);
    if (client === undefined || member === null) {
      this.#perform(this.#machine.uploadEnded(offer.fid, gone()));
      return;
    }
    const { fid, filename, size: sizeBytes } = offer;
    const incoming: IncomingUpload = { fid, filename, uploader: member.name, sizeBytes, receivedBytes: 0 };
    const running: RunningUpload = { incoming, end: new AbortController(), cancel: new AbortController() };
    const closing = new ChildAbort(this.#closing.signal);
    this.#uploads.set(fidKey(fid), running);
    this.#changed.fire();
    let end: UploadEnd;
    try {
      end = await receiveUpload(
        {
          files: this.#files,
          places: this.#places,
          peer: client.peer,
          onPort: (port, offset) => {
            incoming.receivedBytes = offset;
            this.#perform(this.#machine.uploadOpened(fid, port, offset));
          },
          onReceived: (bytes) => {
            incoming.receivedBytes += bytes;
            this.#changed.fire();
          },
        },
        { offer, member },
        {
          left: client.left.signal,
          end: running.end.signal,
          cancelled: running.cancel.signal,
          closing: closing.signal,
        },
      );
    } catch (error) {
      this.#tellOfTrouble('upload', error);
      end = { kind: 'refused', code: 'cannot-store', message: 'The hub could not store the file.' };
    }
    closing.dispose();
    this.#uploads.delete(fidKey(fid));
    this.#perform(this.#machine.uploadEnded(fid, end));
    this.#changed.fire();
  }

  async #delete(fid: string): Promise<void> {
    let deleted = true;
    try {
      await this.#files.remove(fid);
    } catch (error) {
      deleted = false;
      this.#tellOfTrouble('remove', error);
    }
    if (deleted) this.#downloads.forget(fid);
    this.#perform(this.#machine.deleteEnded(fid, { deleted }));
    this.#changed.fire();
  }

  #endSoon(fid: string): void {
    const running = this.#uploads.get(fidKey(fid));
    if (running === undefined) return;
    setTimeout(() => running.end.abort(new TributaryError('connection-lost')), LAST_BYTES_MS).unref();
  }

  #download(request: DownloadRequest): void {
    const client = this.#clients.get(request.client);
    if (client === undefined) {
      this.#machine.downloadEnded(request.client);
      return;
    }
    const send = this.#downloads.begin(client, request);
    // Its port is told in turn; the bytes flow beside.
    this.#lineUp(client, () => new Promise<void>((told) => this.#track(send(told))));
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#work.delete(tracked));
    this.#work.add(tracked);
  }

  #tellOfTrouble(what: string, error: unknown): void {
    this.#log.fire(`hub: ${what}: ${toTributaryError(error).message}`);
  }
}

function gone(): UploadEnd {
  return { kind: 'refused', code: 'not-connected', message: 'The connection was lost.' };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
