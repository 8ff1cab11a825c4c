import { TributaryError, toTributaryError } from '../contract/errors.ts';
import { abortable, ChildAbort } from '../kit/abort.ts';
import type { Clock } from '../kit/clock.ts';
import { deferred } from '../kit/deferred.ts';
import type { Disposable } from '../kit/disposables.ts';
import { Emitter, type Event } from '../kit/emitter.ts';
import { type HubPlace, type HubSession, labelOf } from './net/hubSession.ts';
import type { HubLease, HubSessions } from './net/hubSessions.ts';
import { fidKey } from './protocols/hub/fidKey.ts';
import type { HubFileRecord } from './protocols/hub/hubMessages.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 20_000;

export type MembershipState = 'connecting' | 'joined' | 'waiting' | 'key-needed';

/** What has become of a hub's files. */
export interface FilesHeard {
  readonly added: readonly HubFileRecord[];
  /** Of those, the ones that were shared since this membership began. */
  readonly news: readonly HubFileRecord[];
  readonly removed: readonly string[];
}

/** Stays in a hub: connects, and connects again, and knows what files there are. */
export class HubMembership implements Disposable {
  readonly place: HubPlace;
  readonly address: string;
  readonly lease: HubLease;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #end = new AbortController();
  readonly #changed = new Emitter<void>();
  readonly #heard = new Emitter<FilesHeard>();
  readonly #files = new Map<string, HubFileRecord>();
  #wake: (() => void) | null = null;
  #state: MembershipState = 'connecting';
  #error: TributaryError | null = null;
  /** Once in, what comes later is news. */
  #everJoined = false;

  readonly onDidChange: Event<void> = this.#changed.event;
  readonly onDidHear: Event<FilesHeard> = this.#heard.event;

  /**
   * @param known what an earlier membership of the same hub knew; no news
   * @param options.waitForKey it had a key, which is not known any more: it is not tried without
   */
  constructor(
    components: { sessions: HubSessions; clock: Clock; random: () => number },
    place: HubPlace,
    known: readonly HubFileRecord[],
    options: { waitForKey?: boolean } = {},
  ) {
    this.place = place;
    for (const file of known) this.#files.set(fidKey(file.fid), file);
    this.#everJoined = known.length > 0;
    if (options.waitForKey === true) {
      this.#state = 'key-needed';
      this.#error = new TributaryError('hub-key-needed', { host: labelOf(place) });
    }
    this.address = labelOf(place);
    this.lease = components.sessions.lease(place);
    this.#clock = components.clock;
    this.#random = components.random;
  }

  /** Call it when everybody has subscribed. */
  start(): void {
    if (this.#state === 'key-needed') return;
    void this.#stay().catch(() => {});
  }

  get state(): MembershipState {
    return this.#state;
  }

  get error(): TributaryError | null {
    return this.#error;
  }

  get files(): readonly HubFileRecord[] {
    return [...this.#files.values()];
  }

  /** Null while it is not connected. */
  get uid(): string | null {
    return this.lease.current?.uid ?? null;
  }

  /** Tries now instead of later. */
  hurry(): void {
    this.#wake?.();
  }

  dispose(): void {
    this.#end.abort(new TributaryError('connection-lost', { host: this.address }));
    this.lease.dispose();
  }

  async #stay(): Promise<void> {
    const { signal } = this.#end;
    for (let failures = 0; !signal.aborted; ) {
      try {
        const session = await this.lease.session({ signal });
        failures = 0;
        await this.#belong(session);
        this.#set('connecting', null);
        // A hub that lets everybody in and throws them out at once is not asked more than it can bear.
        await this.#pause(1);
      } catch (caught) {
        signal.throwIfAborted();
        const error = toTributaryError(caught);
        if (error.code === 'hub-key-needed') {
          this.#set('key-needed', error);
          return;
        }
        failures++;
        this.#set('waiting', error);
        await this.#pause(failures);
      }
    }
  }

  /** Resolves when the connection is over. */
  async #belong(session: HubSession): Promise<void> {
    const closed = deferred<void>();
    const closing = session.onDidClose(() => closed.resolve());
    const newest = session.files.reduce(
      (latest, file) => Math.max(latest, Date.parse(file.uploaded_at) || latest),
      Number.NEGATIVE_INFINITY,
    );
    // What came while the connection was lost is news, too; what was there before the first one is not.
    let caughtUp = this.#everJoined;
    const subscription = session.onDidHear((event) => {
      // A WELCOME has no room for all files: until the list has come, what is older than those in it is no news. What the
      // connection does not remember, because a hub tells of files without end, is not remembered here either.
      if (event.kind === 'available' && session.fileOf(event.file.fid) !== null)
        this.#add([event.file], (file) => caughtUp || !(Date.parse(file.uploaded_at) <= newest));
      else if (event.kind === 'removed') this.#remove([event.fid]);
    });
    try {
      this.#everJoined = true;
      this.#add(session.files, () => caughtUp);
      this.#set('joined', null);
      // A hub that gives no list within that time has told of its files otherwise, or has gone.
      await session.whole({ signal: this.#end.signal }).catch(() => {});
      caughtUp = true;
      if (!session.isOpen) return;
      const there = new Set(session.files.map(({ fid }) => fidKey(fid)));
      this.#remove([...this.#files.values()].filter(({ fid }) => !there.has(fidKey(fid))).map(({ fid }) => fid));
      // Others may go on using the connection.
      await abortable(closed.promise, this.#end);
    } finally {
      subscription.dispose();
      closing.dispose();
    }
  }

  #add(files: readonly HubFileRecord[], isNews: (file: HubFileRecord) => boolean): void {
    const added = files.filter(({ fid }) => !this.#files.has(fidKey(fid)));
    if (added.length === 0) return;
    for (const file of added) this.#files.set(fidKey(file.fid), file);
    this.#heard.fire({ added, news: added.filter(isNews), removed: [] });
  }

  #remove(fids: readonly string[]): void {
    const removed = fids.flatMap((fid) => {
      const known = this.#files.get(fidKey(fid));
      this.#files.delete(fidKey(fid));
      // As it was announced: clients know it by that.
      return known === undefined ? [] : [known.fid];
    });
    if (removed.length > 0) this.#heard.fire({ added: [], news: [], removed });
  }

  #set(state: MembershipState, error: TributaryError | null): void {
    this.#state = state;
    this.#error = error;
    this.#changed.fire();
  }

  async #pause(failures: number): Promise<void> {
    const ms = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1)) * (0.75 + 0.25 * this.#random());
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    const stop = new ChildAbort(this.#end.signal);
    const slept = this.#clock.sleep(ms, stop);
    slept.catch(() => {});
    await Promise.race([slept, woken]).finally(() => {
      this.#wake = null;
      stop.abort(new Error('woken'));
      stop.dispose();
    });
  }
}
