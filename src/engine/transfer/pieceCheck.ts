import type { DigestAlgorithm } from '../../contract/checksum.ts';
import { TributaryError } from '../../contract/errors.ts';
import type { PieceHashes, Source } from '../sources/source.ts';
import type { IntervalSet } from './intervalSet.ts';
import type { Provenance } from './provenance.ts';

/** A source that gave so many wrong pieces alone is not asked any more, as long as there are others. */
const MAX_WRONG_PIECES = 2;
/** Rounds through all sources in which a piece may be wrong before the file is given up. */
const MAX_ROUNDS = 3;

/** Why the fetch is stopped: not the pieces are wrong but the list of their hashes. */
export const WRONG_LIST = Symbol('the hashes of the pieces are wrong');

export interface PieceCheckInit {
  readonly pieces: PieceHashes;
  /** Only the word of one source stands behind the hashes, and it may lie. @default false */
  readonly doubtful?: boolean;
  readonly sizeBytes: number;
  /** Is kept up to date: the ranges that are known to be right. */
  readonly right: IntervalSet;
}

export interface PieceCheckComponents {
  /** Digest of bytes that are in the part file. @throws TributaryError of the disk */
  readonly digest: (range: { start: number; end: number }, algorithm: DigestAlgorithm) => Promise<string>;
  /** What the file holds, right or wrong. */
  readonly written: IntervalSet;
  readonly provenance: Provenance<Source>;
  /** The bytes of a piece turned out to be wrong: they are missing again. */
  readonly onWrong: (start: number, end: number) => void;
  /** The source gave wrong bytes there. @returns false when nobody is left who did not */
  readonly ban: (source: Source, start: number, end: number) => boolean;
  readonly drop: (source: Source, error: TributaryError) => void;
  readonly checking: () => void;
  readonly checked: () => void;
  /** `WRONG_LIST`, `wrong-content` or an error of the disk: it cannot go on. */
  readonly fail: (error: unknown) => void;
}

/** Compares each piece with its hash as soon as it is complete, and has a wrong one fetched from somebody else. */
export class PieceCheck {
  readonly #components: PieceCheckComponents;
  readonly #pieces: PieceHashes;
  readonly #doubtful: boolean;
  readonly #sizeBytes: number;
  readonly #right: IntervalSet;
  readonly #busy = new Set<number>();
  readonly #again = new Set<number>();
  readonly #rounds = new Map<number, number>();
  /** Who gave the whole piece, and wrong; and the digest of what each of them gave. */
  readonly #guilty = new Map<number, Map<Source, string>>();
  readonly #wrongPieces = new Map<Source, number>();

  constructor(components: PieceCheckComponents, init: PieceCheckInit) {
    this.#components = components;
    this.#pieces = init.pieces;
    this.#doubtful = init.doubtful ?? false;
    this.#sizeBytes = init.sizeBytes;
    this.#right = init.right;
  }

  /** Bytes were written there, by a lane or by an earlier run: what is complete by that is checked. */
  written(start: number, end: number): void {
    const { lengthBytes } = this.#pieces;
    for (let index = Math.floor(start / lengthBytes); index * lengthBytes < end; index++) {
      const piece = this.#rangeOf(index);
      // Somebody has written over it: a lane that lost a race, say.
      this.#right.remove(piece.start, piece.end);
      if (this.#components.written.gaps(piece.start, piece.end).length > 0) continue;
      if (this.#busy.has(index)) this.#again.add(index);
      else void this.#check(index).catch((error: unknown) => this.#components.fail(error));
    }
  }

  async #check(index: number): Promise<void> {
    const { digest, checking, checked, written } = this.#components;
    const piece = this.#rangeOf(index);
    this.#busy.add(index);
    checking();
    try {
      do {
        this.#again.delete(index);
        const actual = await digest(piece, this.#pieces.algorithm);
        // Written to while it was read: what was read means nothing.
        if (this.#again.has(index)) continue;
        if (actual === this.#pieces.hashes[index]) this.#right.add(piece.start, piece.end);
        else this.#isWrong(index, actual);
      } while (this.#again.has(index) && written.gaps(piece.start, piece.end).length === 0);
    } finally {
      this.#busy.delete(index);
      this.#again.delete(index);
      checked();
    }
  }

  #isWrong(index: number, actual: string): void {
    const { provenance, ban, drop, onWrong } = this.#components;
    const { start, end } = this.#rangeOf(index);
    const suspects = provenance.sourcesOf(start, end);
    // Several may have given it: the one that gave the first part is left out next time, and so on.
    const suspect = suspects[0];
    const error = new TributaryError('wrong-content', {
      host: suspect === undefined ? '' : new URL(suspect.peer).host,
    });
    onWrong(start, end);
    if (suspect === undefined) return;
    const guilty = this.#guiltyOf(index);
    // Who gave all of it is guilty for sure; of several, one is only left out the next time.
    if (suspects.length === 1) {
      // Two who give the same are right more likely than the one who says that both are wrong.
      const agree = [...guilty].some(([other, digest]) => other !== suspect && digest === actual);
      if (agree && this.#doubtful) throw WRONG_LIST;
      guilty.set(suspect, actual);
    }
    // When all are left out, those who may be innocent are asked again: in the end one of them gives the piece alone.
    if (!ban(suspect, start, end) && !this.#banAll(guilty.keys(), index)) {
      guilty.clear();
      const rounds = (this.#rounds.get(index) ?? 0) + 1;
      this.#rounds.set(index, rounds);
      if (rounds >= MAX_ROUNDS) throw this.#doubtful ? WRONG_LIST : error;
      return;
    }
    if (suspects.length > 1) return;
    const wrong = (this.#wrongPieces.get(suspect) ?? 0) + 1;
    this.#wrongPieces.set(suspect, wrong);
    if (wrong >= MAX_WRONG_PIECES) drop(suspect, error);
  }

  /** @returns false when nobody else is left */
  #banAll(sources: Iterable<Source>, index: number): boolean {
    const { start, end } = this.#rangeOf(index);
    let isSomebodyLeft = true;
    for (const source of sources) isSomebodyLeft = this.#components.ban(source, start, end);
    return isSomebodyLeft;
  }

  #guiltyOf(index: number): Map<Source, string> {
    const known = this.#guilty.get(index);
    if (known !== undefined) return known;
    const guilty = new Map<Source, string>();
    this.#guilty.set(index, guilty);
    return guilty;
  }

  #rangeOf(index: number): { start: number; end: number } {
    const { lengthBytes } = this.#pieces;
    return { start: index * lengthBytes, end: Math.min(this.#sizeBytes, (index + 1) * lengthBytes) };
  }
}
