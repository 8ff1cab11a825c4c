import type { HubPlace, HubSession } from './net/hubSession.ts';
import type { HubLease, HubSessions } from './net/hubSessions.ts';

/**
 * A share in the connection to a hub with the key that is known of it by then: one that is away may get its key while
 * somebody waits for it, who would come with none, and be refused, once it is back.
 */
export class FollowingLease implements HubLease {
  readonly #sessions: HubSessions;
  readonly #placeNow: () => HubPlace;
  #place: HubPlace;
  #lease: HubLease;
  #released = false;

  /** @param placeNow the same host and port every time */
  constructor(sessions: HubSessions, placeNow: () => HubPlace) {
    this.#sessions = sessions;
    this.#placeNow = placeNow;
    this.#place = placeNow();
    this.#lease = sessions.lease(this.#place);
  }

  get current(): HubSession | null {
    return this.#lease.current;
  }

  session(options: { signal: AbortSignal }): Promise<HubSession> {
    // As long as a connection stands, the key that opened it is right.
    if (!this.#released && this.#lease.current === null) this.#follow();
    return this.#lease.session(options);
  }

  dispose(): void {
    this.#released = true;
    this.#lease.dispose();
  }

  #follow(): void {
    const place = this.#placeNow();
    if (place.key === this.#place.key) return;
    this.#place = place;
    this.#lease.dispose();
    this.#lease = this.#sessions.lease(place);
  }
}
