import { createHash } from 'node:crypto';
import type { Checksum } from '../../../contract/checksum.ts';
import { TributaryError } from '../../../contract/errors.ts';
import { FALLBACK_NAME, safeFileName } from '../../intake/fileName.ts';
import { seedUrl } from '../../intake/seedAddress.ts';
import type { HttpClient } from '../../net/httpClient.ts';
import { agreedChecksums } from '../../protocols/agreedChecksums.ts';
import { PIECE_BYTES } from '../../protocols/seed/classicReply.ts';
import { type ListedFile, usualPieceLength } from '../../protocols/seed/filesDocument.ts';
import { HttpSource } from '../http/httpSource.ts';
import type { ByteRange, Lane, LaneTerms, Source, SourceDescription } from '../source.ts';
import { ClassicLane } from './classicLane.ts';
import { FastLane } from './fastLane.ts';
import type { SeedPeer } from './seedPeer.ts';

export interface SeedSourceInit {
  /** As the seed lists it. */
  readonly name: string;
  readonly userAgent: string;
  /** How its file differs from the one that most seeds have. @default it does not */
  readonly outvoted?: TributaryError | null;
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
  readonly outvoted: TributaryError | null;
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
    this.outvoted = init.outvoted ?? null;
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
    const described = await this.#describeFast(offer.files, options);
    if (described !== null) return described;
    // The file has changed since it was listed, or the seed lies.
    const now = await this.#peer.offer({ ...options, believedMs: 0 });
    const again = now.form === 'fast' ? await this.#describeFast(now.files, options) : null;
    if (again !== null) return again;
    throw new TributaryError('seed-protocol', {
      host: this.#peer.host,
      reason: 'it tells two sizes or digests of one file',
    });
  }

  openLane(): Lane {
    if (this.#fast !== null) return new FastLane(this.#fast.openLane(), (error) => this.#toSeedError(error));
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

  /** Null: the list tells of another file than the one that comes. */
  async #describeFast(
    files: readonly ListedFile[],
    options: { signal: AbortSignal; wanted?: ByteRange },
  ): Promise<SourceDescription | null> {
    const { name, userAgent } = this.#init;
    const file = files.find((candidate) => candidate.name === name);
    if (file === undefined) throw this.#withoutFile();
    const { sha256, sizeBytes: listedBytes } = file;
    const peer = this.#peer;
    const url = peer.fileLink(name);
    const fast = new HttpSource(
      { client: this.#client },
      { url, key: this.key, address: this.address, headers: peer.headers, userAgent },
    );
    const described = await fast.describe(options).catch((error: unknown) => {
      throw this.#toSeedError(error);
    });
    const { sizeBytes, checksums } = described;
    const told: readonly Checksum[] = sha256 === null ? [] : [{ algorithm: 'sha256', hex: sha256 }];
    if ((sizeBytes !== null && sizeBytes !== listedBytes) || isContradicted(told, checksums)) {
      fast.close();
      return null;
    }
    this.#fast = fast;
    const known = agreedChecksums([...checksums, ...told]);
    const inPieces =
      known.some(({ algorithm }) => algorithm === 'sha256') && sizeBytes !== null && sizeBytes >= LEAST_BYTES_IN_PIECES;
    const hashes = inPieces ? await peer.pieces(name, sizeBytes, options) : null;
    return {
      ...described,
      ...this.#commonFacts(),
      checksums: known,
      ...(known.length > 0 ? {} : { laterChecksum: (within) => this.#askChecksum(listedBytes, within) }),
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

  /** Never fails: then it is not known. */
  async #askChecksum(sizeBytes: number, options: { signal: AbortSignal }): Promise<Checksum | null> {
    try {
      const offer = await this.#peer.offer(options);
      const files = offer.form === 'fast' ? offer.files : [];
      const file = files.find(({ name }) => name === this.#init.name);
      return file == null || file.sha256 === null || file.sizeBytes !== sizeBytes
        ? null
        : { algorithm: 'sha256', hex: file.sha256 };
    } catch {
      options.signal.throwIfAborted();
      return null;
    }
  }

  #commonFacts(): Pick<SourceDescription, 'suggestedName' | 'offers' | 'isMetalink'> {
    return {
      suggestedName: safeFileName(this.#init.name, { exact: true }) ?? FALLBACK_NAME,
      offers: { mirrors: [], metalinks: [] },
      // What is shared is wanted as it is.
      isMetalink: false,
    };
  }

  /** A file that is no longer shared has no link that could be checked. */
  #toSeedError(error: unknown): unknown {
    return error instanceof TributaryError && error.code === 'not-found' ? this.#withoutFile() : error;
  }

  #withoutFile(): TributaryError {
    return new TributaryError('seed-without-file', { host: this.#peer.host, name: this.#init.name });
  }
}

function isContradicted(told: readonly Checksum[], others: readonly Checksum[]): boolean {
  return told.some(({ algorithm, hex }) => others.some((other) => other.algorithm === algorithm && other.hex !== hex));
}
