import { TributaryError } from '../../contract/errors.ts';
import { abortable } from '../../kit/abort.ts';
import type { Disposable } from '../../kit/disposables.ts';
import { type HubPlace, HubSession, labelOf } from './hubSession.ts';
import { DEFAULT_HUB_TIMINGS, type HubTimings } from './hubTimings.ts';

/** A share in the connection to one hub: it stands as long as anybody has a share. */
export interface HubLease extends Disposable {
  /** The one that stands now; null when none does. */
  readonly current: HubSession | null;
  /**
   * That one, or a new one.
   * @throws TributaryError as `HubSession.open`; the signal's reason
   */
  session(options: { signal: AbortSignal }): Promise<HubSession>;
}

interface Entry {
  readonly place: HubPlace;
  leases: number;
  session: HubSession | null;
  opening: Promise<HubSession> | null;
  readonly closing: AbortController;
}

/** The control connections of a process: one for each hub, whoever needs it. */
export class HubSessions {
  readonly #entries = new Map<string, Entry>();
  readonly #name: () => string;
  readonly #timings: HubTimings;

  /** @param name what other members see of this user */
  constructor(name: () => string, timings: HubTimings = DEFAULT_HUB_TIMINGS) {
    this.#name = name;
    this.#timings = timings;
  }

  lease(place: HubPlace): HubLease {
    const id = JSON.stringify([labelOf(place), place.key]);
    const known = this.#entries.get(id);
    const entry: Entry = known ?? { place, leases: 0, session: null, opening: null, closing: new AbortController() };
    if (known === undefined) this.#entries.set(id, entry);
    entry.leases++;
    let released = false;
    const dispose = (): void => {
      if (released) return;
      released = true;
      entry.leases--;
      if (entry.leases > 0) return;
      this.#entries.delete(id);
      entry.closing.abort(new TributaryError('connection-lost', { host: labelOf(place) }));
      entry.session?.dispose();
    };
    const session = (options: { signal: AbortSignal }): Promise<HubSession> =>
      released
        ? Promise.reject(new TributaryError('connection-lost', { host: labelOf(place) }))
        : this.#open(entry, options);
    return {
      get current() {
        return entry.session?.isOpen === true ? entry.session : null;
      },
      session,
      dispose,
    };
  }

  close(): void {
    for (const { closing, session } of this.#entries.values()) {
      closing.abort(new TributaryError('engine-lost'));
      session?.dispose();
    }
    this.#entries.clear();
  }

  async #open(entry: Entry, { signal }: { signal: AbortSignal }): Promise<HubSession> {
    if (entry.session?.isOpen === true) return entry.session;
    // One attempt for all who ask meanwhile; nobody's impatience ends that of the others.
    entry.opening ??= HubSession.open(
      entry.place,
      { name: this.#name(), timings: this.#timings },
      { signal: entry.closing.signal },
    )
      .then((session) => {
        if (entry.closing.signal.aborted) session.dispose();
        entry.session = session;
        return session;
      })
      .finally(() => {
        entry.opening = null;
      });
    return abortable(entry.opening, { signal });
  }
}
