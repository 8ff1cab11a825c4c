import { createHash } from 'node:crypto';
import { TributaryError } from '../../../contract/errors.ts';
import { safeFileName } from '../../intake/fileName.ts';
import { seedUrl } from '../../intake/seedAddress.ts';
import type { HttpClient } from '../../net/httpClient.ts';
import { PIECE_BYTES } from '../../protocols/seed/classicReply.ts';
import { type ListedFile, usualPieceLength } from '../../protocols/seed/filesDocument.ts';
import { HttpSource } from '../http/httpSource.ts';
import type { ByteRange, Lane, LaneTerms, Source, SourceDescription } from '../source.ts';
import { ClassicLane } from './classicLane.ts';
import type { SeedPeer } from './seedPeer.ts';

export interface SeedSourceInit {
  /** As the seed lists it. */
  readonly name: string;
  readonly userAgent: string;
}

/** A request for each 32 bytes: even a short range keeps a lane busy, so every seed can have a part of a small file. */
const CLASSIC_TERMS: LaneTerms = { leastRunBytes: 32 * PIECE_BYTES, mostLanes: 1 };
/** Below that a file is fetched again as soon as its pieces are compared. */
const LEAST_BYTES_IN_PIECES = 1024 * 1024;

/** A file of one seed, in the fast form when the seed speaks it, else in the classic one. */
export class SeedSource implements Source {
  readonly kind = 'seed';
  readonly key: string;
  readonly address: string;
  readonly peer: string;
  readonly #peer: SeedPeer;
  readonly #client: HttpClient;
  readonly #init: SeedSourceInit;
  #fast: HttpSource | null = null;
  #classicSizeBytes: number | null = null;

  constructor(components: { peer: SeedPeer; client: HttpClient }, init: SeedSourceInit) {
    this.#peer = components.peer;
    this.#client = components.client;
    this.#init = init;
    this.address = seedUrl(components.peer.endpoint, init.name);
    this.peer = components.peer.address;
    this.key = createHash('sha256').update(this.address).digest('hex');
  }

  get terms(): LaneTerms | null {
    return this.#fast === null ? CLASSIC_TERMS : null;
  }

  async describe(options: { signal: AbortSignal; wanted?: ByteRange }): Promise<SourceDescription> {
    this.#fast?.close();
    this.#fast = null;
    const { name } = this.#init;
    const offer = await this.#peer.offer(options);
    if (offer.form === 'classic') {
      if (!offer.names.includes(name)) throw this.#withoutFile();
      return this.#describeClassic(options);
    }
    const file = offer.files.find((candidate) => candidate.name === name);
    if (file === undefined) throw this.#withoutFile();
    return this.#describeFast(file, options);
  }

  openLane(): Lane {
    if (this.#fast !== null) return this.#fast.openLane();
    const sizeBytes = this.#classicSizeBytes;
    if (sizeBytes === null)
      throw new TributaryError('internal', { reason: 'a lane was opened before the source was described' });
    const peer = this.#peer;
    return new ClassicLane({
      width: peer.connections,
      piece: (offset, options) => peer.classic.piece(this.#init.name, offset, sizeBytes, options),
    });
  }

  close(): void {
    this.#fast?.close();
  }

  async #describeFast(
    { sha256 }: ListedFile,
    options: { signal: AbortSignal; wanted?: ByteRange },
  ): Promise<SourceDescription> {
    const { name, userAgent } = this.#init;
    const peer = this.#peer;
    const url = peer.fileLink(name);
    const fast = new HttpSource(
      { client: this.#client },
      { url, key: this.key, address: this.address, headers: peer.headers, userAgent },
    );
    const described = await fast.describe(options);
    this.#fast = fast;
    const { sizeBytes, checksums } = described;
    const inPieces = sha256 !== null && sizeBytes !== null && sizeBytes >= LEAST_BYTES_IN_PIECES;
    const hashes = inPieces ? await peer.pieces(name, sizeBytes, options) : null;
    return {
      ...described,
      ...this.#commonFacts(),
      checksums: checksums.length > 0 || sha256 === null ? checksums : [{ algorithm: 'sha256', hex: sha256 }],
      pieces: hashes === null ? null : { algorithm: 'sha256', lengthBytes: usualPieceLength(sizeBytes ?? 0), hashes },
    };
  }

  async #describeClassic(options: { signal: AbortSignal }): Promise<SourceDescription> {
    const sizeBytes = await this.#peer.classic.size(this.#init.name, options);
    this.#classicSizeBytes = sizeBytes;
    return {
      ...this.#commonFacts(),
      sizeBytes,
      ranges: true,
      version: { etag: null, lastModified: null },
      checksums: [],
      pieces: null,
    };
  }

  #commonFacts(): Pick<SourceDescription, 'suggestedName' | 'offers' | 'isMetalink'> {
    return {
      suggestedName: safeFileName(this.#init.name) ?? 'download',
      offers: { mirrors: [], metalinks: [] },
      // What is shared is wanted as it is.
      isMetalink: false,
    };
  }

  #withoutFile(): TributaryError {
    return new TributaryError('seed-without-file', { host: this.#peer.host, name: this.#init.name });
  }
}
