import { TributaryError } from '../../contract/errors.ts';
import type { BoundedConnection } from '../net/boundedListener.ts';
import { MixedServer } from '../net/mixedServer.ts';
import { formatError } from '../protocols/seed/classicReply.ts';
import { type ClassicRequest, ClassicRequestReader } from '../protocols/seed/classicRequest.ts';
import { answerClassic } from './classicAnswers.ts';
import type { DigestCache } from './digestCache.ts';
import { HttpAnswers } from './httpAnswers.ts';
import { PieceReader } from './pieceReader.ts';
import type { SharedFile, SharedFiles } from './sharedFiles.ts';
import type { PeerTraffic, ShareTraffic } from './shareTraffic.ts';
import type { UploadLimit } from './uploadLimit.ts';

export interface SeedServerComponents {
  readonly files: SharedFiles;
  readonly digests: DigestCache;
  readonly traffic: ShareTraffic;
  readonly limit: UploadLimit;
}

export interface SeedServerInit {
  readonly host: string;
  /** Tried in this order until one is free. */
  readonly ports: readonly number[];
  /** Off loopback there has to be one, and the classic form, which knows no keys, is refused. */
  readonly key: string | null;
  readonly isLoopback: boolean;
}

/** A request of the classic form has no end of its own: so long a silence is one. */
const SILENCE_MS = 50;
const LIMITS = { maxConnections: 512, askMs: 10_000, stallMs: 30_000, deadMs: 300_000, maxHeaderBytes: 8192 };

/** A seed: both forms of PROTOCOLS §1 on one port. */
export class SeedServer {
  readonly host: string;
  readonly #server: MixedServer<ClassicRequest>;
  readonly #pieces: PieceReader;
  readonly #traffic: ShareTraffic;
  readonly #closing: AbortController;

  private constructor(
    host: string,
    parts: {
      server: MixedServer<ClassicRequest>;
      pieces: PieceReader;
      traffic: ShareTraffic;
      closing: AbortController;
    },
  ) {
    this.host = host;
    this.#server = parts.server;
    this.#pieces = parts.pieces;
    this.#traffic = parts.traffic;
    this.#closing = parts.closing;
  }

  /** @throws TributaryError `bad-option` (off loopback without a key), `port-in-use`, `listen-failed` */
  static async open(components: SeedServerComponents, init: SeedServerInit): Promise<SeedServer> {
    const { files, digests, traffic, limit } = components;
    const { host, ports, key, isLoopback } = init;
    if (!isLoopback && key === null)
      throw new TributaryError('bad-option', { what: `Sharing on ${host} needs a key, because others can reach it.` });
    const pieces = new PieceReader();
    const closing = new AbortController();
    const onSent = (file: SharedFile, peer: string, bytes: number): void => traffic.served(file.shareId, peer, bytes);
    const http = new HttpAnswers({ files, digests, limit, host, key: () => (isLoopback ? null : key), onSent });
    const handlers = {
      newReader: () => new ClassicRequestReader(),
      answer: async (request: ClassicRequest, connection: BoundedConnection) =>
        isLoopback
          ? answerClassic({ files, pieces, limit, onSent }, request, connection, closing)
          : formatError('only HTTP with a key is spoken here'),
      onHttp: (...exchange: Parameters<HttpAnswers['answer']>) => void http.answer(...exchange),
    };
    try {
      const server = await openFirst(ports, (port) =>
        MixedServer.open({ ...LIMITS, host, port, silenceMs: SILENCE_MS }, handlers),
      );
      return new SeedServer(host, { server, pieces, traffic, closing });
    } catch (error) {
      await pieces.close();
      throw error;
    }
  }

  get port(): number {
    return this.#server.port;
  }

  get peers(): PeerTraffic[] {
    return this.#traffic.peers(this.#server.peers);
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the seed is closed'));
    await this.#server.close();
    await this.#pieces.close();
  }
}

/** @throws what the last one failed with; anything but a port that is taken at once */
async function openFirst<T>(ports: readonly number[], open: (port: number) => Promise<T>): Promise<T> {
  let taken: unknown = new TributaryError('bad-option', { what: 'There is no port to listen on.' });
  for (const port of ports) {
    try {
      return await open(port);
    } catch (error) {
      if (!(error instanceof TributaryError && error.code === 'port-in-use')) throw error;
      taken = error;
    }
  }
  throw taken;
}
