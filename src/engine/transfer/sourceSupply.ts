import { TributaryError, toTributaryError } from '../../contract/errors.ts';
import { ChildAbort, onAbort } from '../../kit/abort.ts';
import type { Clock } from '../../kit/clock.ts';
import { type Deferred, deferred } from '../../kit/deferred.ts';
import { Emitter, type Event } from '../../kit/emitter.ts';
import type { ByteRange, Source, SourceDescription } from '../sources/source.ts';
import { askSource } from './askSource.ts';
import type { HostPolicies } from './hostPolicies.ts';
import type { TransferSources } from './transfer.ts';

/** Mirrors asked at the same time; the others wait until one of these fails. A Metalink may name a hundred. */
const MAX_CONTACTS = 8;
/** How long the first address may take to answer before a mirror that has answered takes the lead. */
const LEAD_GRACE_MS = 3000;
/** A source that failed for a while is asked again after that, while others go on. */
const COOL_DOWN_MS = 30_000;
const MAX_COMEBACKS = 5;
/** Before a file is given up, those that have not answered yet get so long. */
const MORE_MS = 15_000;
/** What others than the first are asked for: enough to see size and version, and the connection stays usable. */
const FIRST_BYTE: ByteRange = { start: 0, end: 1 };

export interface SupplyComponents {
  readonly hosts: HostPolicies;
  readonly clock: Clock;
  readonly random: () => number;
  /** Nothing has answered yet, and this is why. */
  readonly onWaiting: (reason: TributaryError) => void;
  readonly onSourceFailed: (source: Source, error: TributaryError) => void;
}

export interface SupplyInit {
  /** What the file is likely to need first of a source; null: all of it. */
  readonly wanted: (source: Source) => ByteRange | null;
  /** What the file must have; null: whatever the source that leads has. */
  readonly sizeBytes: number | null;
  /** Some source has given something before: it is worth more attempts. */
  readonly everReached: boolean;
  readonly signal: AbortSignal;
}

/** A source that has answered. */
export interface DescribedSource {
  readonly source: Source;
  readonly described: SourceDescription;
}

/** Why a source does not take part: never, or not until more is known of its file. */
export type Objection = TributaryError | { readonly forNow: TributaryError };

/** `held`: more has to be known of its file. `unfit`: it has another file than the source that leads. */
type EntryState = 'spare' | 'asked' | 'answered' | 'held' | 'unfit' | 'joined' | 'failed';

interface Entry {
  readonly source: Source;
  state: EntryState;
  failures: number;
  comebacks: number;
  described: SourceDescription | null;
  error: TributaryError | null;
}

/** Finds out which of a file's sources can be used: asks them, picks the one that leads, and lets the others join. */
export class SourceSupply implements TransferSources {
  readonly #components: SupplyComponents;
  readonly #init: SupplyInit;
  /** In the order of preference. */
  readonly #entries: Entry[] = [];
  readonly #stop: ChildAbort;
  readonly #lead: Deferred<DescribedSource> = deferred();
  readonly #joined = new Emitter<Source>();
  readonly #givenUp = new Emitter<void>();
  /** A contact has got an answer, or none at once. */
  readonly #heard = new Emitter<void>();
  readonly #contacts = new Set<Promise<void>>();
  #graceOver = false;
  /** Set once the lead is known: why a source does not fit to it, null when it does. */
  #accept: ((candidate: DescribedSource) => Objection | null) | null = null;

  readonly onDidJoin: Event<Source> = this.#joined.event;
  readonly onDidGiveUp: Event<void> = this.#givenUp.event;

  constructor(components: SupplyComponents, init: SupplyInit) {
    this.#components = components;
    this.#init = init;
    this.#stop = new ChildAbort(init.signal);
    this.#lead.promise.catch(() => {});
  }

  get joined(): readonly Source[] {
    return this.#entries.flatMap(({ state, source }) => (state === 'joined' ? [source] : []));
  }

  /** Every source that was offered, in the order of preference. */
  get sources(): readonly Source[] {
    return this.#entries.map(({ source }) => source);
  }

  get mayJoin(): boolean {
    return this.#entries.some(({ state }) => state === 'asked' || state === 'answered' || state === 'spare');
  }

  /** Some wait until more is known of their file; see `reconsider`. */
  get isHolding(): boolean {
    return this.#entries.some(({ state }) => state === 'held');
  }

  /** What those that take part, or wait for that, have told of the file. */
  get candidates(): readonly DescribedSource[] {
    return this.#entries.flatMap(({ state, source, described }) =>
      described !== null && (state === 'joined' || state === 'held') ? [{ source, described }] : [],
    );
  }

  /** Why a source is not used; null while it is, or may be. */
  errorOf(source: Source): TributaryError | null {
    return this.#entries.find((entry) => entry.source === source)?.error ?? null;
  }

  /** One more source of the same file, less preferred than those before; closed with the supply, at once when that is over. */
  offer(source: Source): void {
    if (this.#stop.signal.aborted) {
      source.close();
      return;
    }
    const error = source.outvoted ?? null;
    this.#entries.push({ source, state: 'spare', failures: 0, comebacks: 0, described: null, error });
    this.#askMore();
  }

  /**
   * The source whose description counts for the file: the first address, unless it fails or takes longer than others.
   * @throws TributaryError of the first address when none can be used; the signal's reason when aborted
   */
  async lead(): Promise<DescribedSource> {
    const { clock } = this.#components;
    const { signal } = this.#stop;
    const link = onAbort(signal, (reason) => this.#lead.reject(reason));
    clock.sleep(LEAD_GRACE_MS, { signal }).then(
      () => {
        this.#graceOver = true;
        this.#chooseLead();
      },
      () => {},
    );
    try {
      this.#chooseLead();
      return await this.#lead.promise;
    } finally {
      link.dispose();
    }
  }

  /** The lead is what the file is; from now on others join it. @param accept why a source does not fit; null: it does */
  follow(lead: DescribedSource, accept: (candidate: DescribedSource) => Objection | null): void {
    this.#accept = accept;
    const entry = this.#entries.find(({ source }) => source === lead.source);
    if (entry !== undefined) this.#join(entry);
    for (const other of this.#entries) if (other.state === 'answered') this.#admit(other);
    this.#askMore();
  }

  /** It has told more since. */
  redescribe(source: Source, described: SourceDescription): void {
    const entry = this.#entries.find((candidate) => candidate.source === source);
    if (entry !== undefined) entry.described = described;
  }

  /** More is known of the file now, or of those that wait for that. */
  reconsider(): void {
    for (const entry of this.#entries) if (entry.state === 'held') this.#admit(entry);
  }

  /**
   * Nothing that holds came of those that have joined: the first source leads that has another file. The next `follow` is
   * about that file.
   * @param error why the others are not used any more
   * @returns null when there is none
   */
  async nextLead(error: TributaryError): Promise<DescribedSource | null> {
    const others = (): Entry[] => this.#entries.filter(({ state }) => state === 'unfit' || state === 'held');
    if (others().length === 0) await this.waitForMore();
    const [next] = others();
    if (next === undefined || next.described === null) return null;
    for (const entry of this.#entries) if (entry.state === 'joined') this.#giveUp(entry, error);
    this.#accept = null;
    for (const entry of others()) entry.state = 'answered';
    return { source: next.source, described: next.described };
  }

  /** Those that were given up because of their bytes join again: it was the hashes that were wrong. @returns whether there were any */
  forgive(): boolean {
    const entries = this.#entries.filter(({ state, error }) => state === 'failed' && error?.code === 'wrong-content');
    for (const entry of entries) this.#join(entry);
    return entries.length > 0;
  }

  /** The first of those sources that has answered, or does as soon as a first address has to; null: none does. */
  async answerOf(isMeant: (source: Source) => boolean): Promise<DescribedSource | null> {
    const meant = (): Entry[] => this.#entries.filter(({ source }) => isMeant(source));
    const answered = (): Entry | undefined => meant().find(({ state }) => state === 'answered');
    const mayAnswer = (): boolean => meant().some(({ state, failures }) => state === 'asked' && failures === 0);
    await this.#waitUntil(() => answered() !== undefined || !mayAnswer(), LEAD_GRACE_MS);
    const entry = answered();
    return entry === undefined || entry.described === null
      ? null
      : { source: entry.source, described: entry.described };
  }

  /** Resolves when another source has joined, or when none will, soon at least. */
  async waitForMore(): Promise<void> {
    const known = this.joined.length;
    await this.#waitUntil(() => !this.mayJoin || this.joined.length > known, MORE_MS);
  }

  async #waitUntil(isOver: () => boolean, ms: number): Promise<void> {
    const over = new ChildAbort(this.#stop.signal);
    const look = (): void => {
      if (isOver()) over.abort(new Error('no more is waited for'));
    };
    const events = [this.onDidJoin(look), this.onDidGiveUp(look), this.#heard.event(look)];
    try {
      look();
      await this.#components.clock.sleep(ms, { signal: over.signal }).catch(() => {});
      this.#stop.signal.throwIfAborted();
    } finally {
      for (const event of events) event.dispose();
      over.dispose();
    }
  }

  failed(source: Source, error: TributaryError): void {
    const entry = this.#entries.find((candidate) => candidate.source === source);
    if (entry === undefined || entry.state === 'failed' || entry.state === 'unfit') return;
    this.#giveUp(entry, error);
    // The last one is waited for by nobody.
    const others = this.mayJoin || this.joined.length > 0;
    if (!error.transient || !others || entry.comebacks >= MAX_COMEBACKS) return;
    entry.comebacks++;
    this.#track(this.#comeBack(entry));
  }

  /** Ends all contacts and closes every source. */
  async close(): Promise<void> {
    this.#stop.abort(new Error('the supply was closed'));
    this.#stop.dispose();
    await Promise.all(this.#contacts);
    for (const { source } of this.#entries) source.close();
  }

  #track(contact: Promise<void>): void {
    const tracked = contact.catch(() => {}).finally(() => this.#contacts.delete(tracked));
    this.#contacts.add(tracked);
  }

  #askMore(): void {
    const idle: readonly EntryState[] = ['spare', 'unfit', 'failed'];
    const busy = this.#entries.filter(({ state }) => !idle.includes(state)).length;
    const spare = this.#entries.filter(({ state }) => state === 'spare');
    // What most say is another file is looked at when these have failed, or when it is known whose file is fetched.
    const outvoted = this.#accept !== null || busy === 0;
    const preferred = spare.filter(({ source }) => source.outvoted == null);
    const next = preferred.length > 0 || !outvoted ? preferred : spare;
    for (const entry of next.slice(0, MAX_CONTACTS - busy)) {
      entry.state = 'asked';
      this.#track(this.#ask(entry));
    }
  }

  async #ask(entry: Entry): Promise<void> {
    const { signal } = this.#stop;
    const { sizeBytes } = this.#init;
    const wanted = entry === this.#entries[0] ? this.#init.wanted(entry.source) : FIRST_BYTE;
    const everReached = this.#init.everReached || entry.comebacks > 0;
    const components = {
      ...this.#components,
      // Once there is a lead, nobody waits for the others.
      onWaiting: (reason: TributaryError) => {
        if (this.#accept === null) this.#components.onWaiting(reason);
      },
      onFailure: () => {
        entry.failures++;
        this.#chooseLead();
        this.#heard.fire();
      },
    };
    try {
      entry.described = await askSource(entry.source, components, { wanted, sizeBytes, everReached }, { signal });
    } catch (caught) {
      signal.throwIfAborted();
      this.#giveUp(entry, toTributaryError(caught));
      return;
    }
    entry.state = 'answered';
    if (this.#accept === null) this.#chooseLead();
    else this.#admit(entry);
    this.#heard.fire();
  }

  async #comeBack(entry: Entry): Promise<void> {
    await this.#components.clock.sleep(COOL_DOWN_MS, { signal: this.#stop.signal });
    entry.state = 'asked';
    entry.error = null;
    entry.failures = 0;
    await this.#ask(entry);
  }

  #chooseLead(): void {
    if (this.#accept !== null) return;
    const [first] = this.#entries;
    if (first?.described?.isMetalink === true) {
      this.#lead.resolve({ source: first.source, described: first.described });
      return;
    }
    const answered = this.#entries.filter(({ state }) => state === 'answered');
    const pending = this.#entries.some(
      ({ state, source }) => state === 'asked' || (state === 'spare' && source.outvoted == null),
    );
    // A source without ranges gives the whole file by one connection: any other is better.
    const best = answered.find(({ described }) => described?.ranges === true) ?? (pending ? undefined : answered[0]);
    const lead = best ?? (this.#graceOver ? answered[0] : undefined);
    if (lead === undefined) {
      if (!pending && answered.length === 0)
        this.#lead.reject(first?.error ?? new TributaryError('internal', { reason: 'there is no source' }));
      return;
    }
    const waitsForFirst = first !== lead && first?.state === 'asked' && first.failures === 0 && !this.#graceOver;
    if (!waitsForFirst && lead.described !== null) {
      this.#lead.resolve({ source: lead.source, described: lead.described });
    }
  }

  #admit(entry: Entry): void {
    const { source, described } = entry;
    if (described === null || this.#accept === null) return;
    const objection = this.#accept({ source, described });
    if (objection === null) {
      this.#join(entry);
      this.#joined.fire(source);
    } else if ('forNow' in objection) {
      entry.state = 'held';
      entry.error = objection.forNow;
      this.#givenUp.fire();
    } else this.#giveUp(entry, objection, objection.code === 'mirror-unfit' ? 'unfit' : 'failed');
  }

  #join(entry: Entry): void {
    entry.state = 'joined';
    entry.error = null;
  }

  #giveUp(entry: Entry, error: TributaryError, state: 'unfit' | 'failed' = 'failed'): void {
    entry.state = state;
    entry.error = error;
    this.#components.onSourceFailed(entry.source, error);
    this.#askMore();
    this.#chooseLead();
    this.#givenUp.fire();
  }
}
