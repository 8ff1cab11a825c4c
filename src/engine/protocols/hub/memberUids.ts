/** The same for the same name and address; `n` tells apart those that are here at the same time. */
export type UidOf = (name: string, address: string, n: number) => string;

/** Who has said HELLO, and from where. */
export interface NamedClient {
  readonly name: string;
  readonly address: string;
}

/** Members of one name at one address whose uids are looked through. */
const MOST_NAMESAKES = 64;

/** The first uid of that name and address that nobody has. */
export function freeUid(uidOf: UidOf, { name, address }: NamedClient, taken: ReadonlySet<string>): string {
  for (let n = 0; ; n++) {
    const uid = uidOf(name, address, n);
    if (!taken.has(uid)) return uid;
  }
}

/** Whether the uid is one that this name at this address could have had: of members in another order, say. */
export function mayHaveHad(uidOf: UidOf, { name, address }: NamedClient, uid: string): boolean {
  for (let n = 0; n < MOST_NAMESAKES; n++) if (uidOf(name, address, n) === uid) return true;
  return false;
}
