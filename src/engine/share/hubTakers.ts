import { fidKey } from '../protocols/hub/fidKey.ts';

/** What is known of one file's way to others. */
export interface TakerCounts {
  readonly fid: string;
  /** People who are being sent it now. */
  readonly fetching: number;
  /** Those who were sent as many bytes as it has, since the hub was started. */
  readonly served: number;
}

/** Of one file. Names are free: whoever takes another one for each connection must not fill the memory. */
const MOST_PEOPLE = 1000;

interface Taker {
  /** Transfers under way. */
  transfers: number;
  bytes: number;
}

interface TakenFile {
  readonly fid: string;
  readonly sizeBytes: number;
  readonly takers: Map<string, Taker>;
}

/** A transfer under way. */
export interface Taking {
  sent(bytes: number): void;
  ended(): void;
}

/** Who takes which file of a hub, for its owner to see. Ranges that are sent twice count twice: it is a hint. */
export class HubTakers {
  readonly #files = new Map<string, TakenFile>();

  /** @param person the same for all connections of one client */
  begun(file: { readonly fid: string; readonly sizeBytes: number }, person: string): Taking {
    const key = fidKey(file.fid);
    const known = this.#files.get(key) ?? { ...file, takers: new Map<string, Taker>() };
    this.#files.set(key, known);
    const taker = known.takers.get(person) ?? { transfers: 0, bytes: 0 };
    if (!known.takers.has(person)) forgetOne(known.takers);
    known.takers.set(person, taker);
    taker.transfers++;
    return {
      sent: (bytes) => {
        taker.bytes += bytes;
      },
      ended: () => {
        taker.transfers--;
      },
    };
  }

  /** It was removed. */
  forget(fid: string): void {
    this.#files.delete(fidKey(fid));
  }

  /** Of files that somebody takes or has. */
  get counts(): TakerCounts[] {
    return [...this.#files.values()].flatMap(({ fid, sizeBytes, takers }) => {
      const all = [...takers.values()];
      const fetching = all.filter(({ transfers }) => transfers > 0).length;
      const served = all.filter(({ transfers, bytes }) => transfers === 0 && bytes >= sizeBytes).length;
      return fetching + served === 0 ? [] : [{ fid, fetching, served }];
    });
  }
}

/** When there are as many as may be: the one who came first of those who are sent nothing now. */
function forgetOne(takers: Map<string, Taker>): void {
  if (takers.size < MOST_PEOPLE) return;
  for (const [person, { transfers }] of takers) {
    if (transfers > 0) continue;
    takers.delete(person);
    return;
  }
}
