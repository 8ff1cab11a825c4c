import { TributaryError } from '../../contract/errors.ts';
import type { Source } from '../sources/source.ts';
import { type Interval, IntervalSet } from '../transfer/intervalSet.ts';
import type { SourceSupply } from '../transfer/sourceSupply.ts';
import { Suspects } from '../transfer/suspects.ts';
import type { Transfer } from '../transfer/transfer.ts';
import type { FileDigests, PieceList } from './fileDigests.ts';

/** One transfer of the many that a file may need when sources lie. */
export interface Round {
  /** What the part holds and is not fetched again. */
  readonly done: readonly Interval[];
  /** Who gave which of that; what is of nobody is of earlier runs. */
  readonly given: ReadonlyMap<Source, readonly Interval[]>;
  readonly excluded: ReadonlySet<Source>;
  /** Pieces are compared as they come; null: only the whole is. */
  readonly list: PieceList | null;
}

export interface RoundsComponents {
  readonly supply: SourceSupply;
  readonly digests: FileDigests;
  /** Pieces are hashed from a file; one in memory is too small for them. */
  readonly isFile: () => boolean;
  /** What earlier runs have left is of the version that is there now, by its validators. */
  readonly earlierProven: boolean;
}

const NOBODY: ReadonlySet<Source> = new Set();

/**
 * What to fetch again, and from whom, until the bytes are what the checksum of the whole says: that alone decides. As long as
 * one source is honest, the file is found, whoever else lies, be it with bytes or with hashes of pieces.
 */
export class Rounds {
  readonly #components: RoundsComponents;
  #suspects: Suspects<Source> | null = null;
  #doubted = false;

  constructor(components: RoundsComponents) {
    this.#components = components;
  }

  first(done: readonly Interval[]): Round {
    const { supply } = this.#components;
    const list = this.#usableList();
    // Where nobody else takes part, pieces show no more than the whole does, and every byte would be hashed twice.
    const several = list?.teller === null || supply.sources.length > 1;
    return { done, given: new Map(), excluded: NOBODY, list: several ? list : null };
  }

  /** The hashes of the pieces contradict the bytes of several sources, or drove all away. */
  async afterWrongList(round: Round, transfer: Transfer): Promise<Round> {
    const left = await this.#withoutTeller(round, transfer);
    // Its bytes may be right all the same; the whole will tell.
    return left ?? { ...this.#held(transfer), excluded: NOBODY, list: this.#usableList() };
  }

  /** @returns null when nothing is left to try */
  async afterWrongWhole(round: Round, transfer: Transfer, sizeBytes: number): Promise<Round | null> {
    // All pieces are right, and the whole is not.
    const left = await this.#withoutTeller(round, transfer);
    if (left !== null) return left;
    const list = this.#usableList();
    if (round.list === null && list !== null) return { ...this.#held(transfer), excluded: round.excluded, list };
    return this.#withoutSuspect(transfer, sizeBytes);
  }

  /** Who told the list is done without, and so are his bytes; null: the list was nobody's, or he is the only one. */
  async #withoutTeller({ list }: Round, transfer: Transfer): Promise<Round | null> {
    const teller = list?.teller ?? null;
    if (teller === null) return null;
    const { supply, digests } = this.#components;
    digests.distrust(teller);
    this.#doubted = true;
    supply.forgive();
    const others = (): boolean => supply.joined.some((source) => source !== teller);
    if (!others()) await supply.waitForMore();
    if (!others()) return null;
    supply.failed(teller, new TributaryError('wrong-content', { host: new URL(teller.peer).host }));
    const { done, given } = this.#held(transfer);
    const kept = new IntervalSet(done);
    for (const { start, end } of given.get(teller) ?? []) kept.remove(start, end);
    return { done: [...kept], given, excluded: NOBODY, list: this.#usableList() };
  }

  async #withoutSuspect(transfer: Transfer, sizeBytes: number): Promise<Round | null> {
    const { supply, earlierProven } = this.#components;
    // The lists may have driven away somebody who is honest.
    if (this.#doubted) supply.forgive();
    const { given } = this.#held(transfer);
    this.#suspects ??= new Suspects(() => supply.joined, sizeBytes);
    for (;;) {
      const { joined } = supply;
      const anew = joined.length > 0 && !earlierProven && !isAll(given, sizeBytes);
      const helps = anew || joined.length > 1 || joined.some((source) => !given.has(source));
      const trial = helps ? this.#suspects.next(given) : null;
      if (trial !== null) {
        const list = this.#components.digests.pieces;
        return { done: trial.kept, given, excluded: trial.excluded, list: list?.teller === null ? list : null };
      }
      await supply.waitForMore();
      if (supply.joined.length <= joined.length) return null;
    }
  }

  #held(transfer: Transfer): Pick<Round, 'done' | 'given'> {
    return { done: transfer.written, given: transfer.contributions() };
  }

  #usableList(): PieceList | null {
    return this.#components.isFile() ? this.#components.digests.pieces : null;
  }
}

/** Nothing is left of earlier runs. */
function isAll(given: ReadonlyMap<Source, readonly Interval[]>, sizeBytes: number): boolean {
  return new IntervalSet([...given.values()].flat()).missing(sizeBytes).isEmpty;
}
