import { TributaryError } from '../../contract/errors.ts';
import { onAbort } from '../../kit/abort.ts';
import { deferred } from '../../kit/deferred.ts';
import { mayHaveOneMore } from '../protocols/hub/fairShare.ts';

/** Of an upload whose bytes come. */
export interface UploadPlace {
  /** It was far too slow while others waited. */
  readonly lost: AbortSignal;
  received(bytes: number): void;
  /** All bytes have come: what is left to do is not its sender's. */
  complete(): void;
  leave(): void;
}

interface Taken {
  readonly owner: object;
  readonly lost: AbortController;
  /** Since the last look; null: it came after that. */
  bytes: number | null;
}

interface Waiting {
  readonly owner: object;
  begin(): void;
}

/**
 * Uploads that receive at the same time: each has a buffer and a thread for its digest. Ports are many, these are few; so a
 * place goes to whoever has connected, and those that hardly send give theirs up while others wait.
 */
export class UploadPlaces {
  readonly #init: { readonly places: number; readonly lookMs: number; readonly leastBytesPerSecond: number };
  readonly #taken = new Set<Taken>();
  /** Those of them that bytes are expected of. */
  readonly #receiving = new Set<Taken>();
  /** In the order in which they came. */
  readonly #waiting = new Set<Waiting>();
  #looking: NodeJS.Timeout | undefined;

  constructor(init: { readonly places: number; readonly lookMs: number; readonly leastBytesPerSecond: number }) {
    this.#init = init;
  }

  /** @param owner of whom others want a share, too. Rejects with the signal's reason. */
  take(owner: object, options: { readonly signal: AbortSignal }): Promise<UploadPlace> {
    const found = deferred<UploadPlace>();
    const waiting: Waiting = { owner, begin: () => found.resolve(this.#begin(owner)) };
    const link = onAbort(options.signal, (reason) => {
      this.#waiting.delete(waiting);
      found.reject(reason);
    });
    if (!options.signal.aborted) this.#waiting.add(waiting);
    this.#goOn();
    return found.promise.finally(() => link.dispose());
  }

  #begin(owner: object): UploadPlace {
    const taken: Taken = { owner, lost: new AbortController(), bytes: null };
    this.#taken.add(taken);
    this.#receiving.add(taken);
    return {
      lost: taken.lost.signal,
      received: (bytes) => {
        if (taken.bytes !== null) taken.bytes += bytes;
      },
      complete: () => void this.#receiving.delete(taken),
      leave: () => {
        this.#receiving.delete(taken);
        this.#taken.delete(taken);
        this.#goOn();
      },
    };
  }

  #goOn(): void {
    for (const waiting of [...this.#waiting]) {
      const own = [...this.#taken].filter(({ owner }) => owner === waiting.owner).length;
      if (!mayHaveOneMore(own, this.#taken.size, this.#init.places)) continue;
      this.#waiting.delete(waiting);
      waiting.begin();
    }
    if (this.#waiting.size > 0) {
      this.#looking ??= this.#startLooking();
    } else {
      clearInterval(this.#looking);
      this.#looking = undefined;
    }
  }

  #startLooking(): NodeJS.Timeout {
    for (const taken of this.#receiving) taken.bytes = 0;
    return setInterval(() => this.#look(), this.#init.lookMs).unref();
  }

  #look(): void {
    const least = (this.#init.leastBytesPerSecond * this.#init.lookMs) / 1000;
    const slow = [...this.#receiving].filter(({ bytes }) => bytes !== null && bytes < least);
    slow.sort((a, b) => (a.bytes ?? 0) - (b.bytes ?? 0));
    for (const taken of slow.slice(0, this.#waiting.size)) {
      this.#receiving.delete(taken);
      taken.lost.abort(new TributaryError('idle-timeout'));
    }
    for (const taken of this.#receiving) taken.bytes = 0;
  }
}
