import { mayHaveOneMore } from './fairShare.ts';
import { fidKey } from './fidKey.ts';
import { isPlainFileName } from './hubFileName.ts';
import type { HubLimits } from './hubLimits.ts';
import type { FileOffer, HubErrorCode, HubFileRecord } from './hubMessages.ts';

/** A file that a client wants to upload, from its offer to the end of the upload. */
export interface Upload<Client> {
  readonly client: Client;
  readonly offer: FileOffer;
  /** It has a port, or is being given one. */
  running: boolean;
  /** Its client does not want it any more, and is told when it has ended. */
  cancelled: boolean;
  /** Its client was cut off and is back already, while the end of the old attempt is still to come. */
  successor: { readonly client: Client; readonly offer: FileOffer } | null;
}

/** Files that clients want to upload: which of them may be, and whose turn it is. */
export class HubOffers<Client extends object> {
  readonly #limits: HubLimits;
  readonly #isHere: (client: Client) => boolean;
  /** By `fidKey`, in the order in which they came. */
  readonly #uploads = new Map<string, Upload<Client>>();
  /** How many of them each client has. */
  readonly #counts = new Map<Client, number>();

  /** @param isHere whether the client's connection stands */
  constructor(limits: HubLimits, isHere: (client: Client) => boolean) {
    this.#limits = limits;
    this.#isHere = isHere;
  }

  /** Under way or waiting. */
  get count(): number {
    return this.#uploads.size;
  }

  get(fid: string): Upload<Client> | null {
    return this.#uploads.get(fidKey(fid)) ?? null;
  }

  /** Why the file may not be uploaded; null: it may. @param stored what the hub has, by `fidKey` */
  refusalOf(
    client: Client,
    offer: FileOffer,
    stored: ReadonlyMap<string, HubFileRecord>,
  ): readonly [code: HubErrorCode, message: string] | null {
    const { fileBytes, totalBytes, files, offersPerClient } = this.#limits;
    const key = fidKey(offer.fid);
    if (!isPlainFileName(offer.filename)) return ['bad-name', 'This is not a plain file name.'];
    if (offer.size > fileBytes) return ['file-too-big', `A file has ${fileBytes} bytes at most.`];
    if (stored.has(key)) return ['fid-taken', 'This file is there already.'];
    const before = this.#uploads.get(key);
    if (before !== undefined && this.#isHere((before.successor ?? before).client))
      return ['fid-taken', 'This file is being uploaded already.'];
    // What it goes on with has its room already.
    const others = [...this.#uploads.values()].filter((upload) => upload !== before);
    if (stored.size + others.length >= files) return ['too-many-files', `There are ${files} files at most.`];
    if ((this.#counts.get(client) ?? 0) >= offersPerClient)
      return ['too-many-offers', `At most ${offersPerClient} at a time.`];
    let sum = offer.size;
    for (const { size } of stored.values()) sum += size;
    for (const upload of others) sum += upload.offer.size;
    return sum > totalBytes ? ['no-space', `All files together have ${totalBytes} bytes at most.`] : null;
  }

  /** @returns false when it waits for the end of an attempt whose client was cut off, which should not take long then */
  add(client: Client, offer: FileOffer): boolean {
    const before = this.#uploads.get(fidKey(offer.fid));
    if (before === undefined) this.#lineUp(client, offer);
    else before.successor = { client, offer };
    return before === undefined;
  }

  /**
   * Its client does not want it any more.
   * @returns `gone`: it had not begun; `ending`: it has to be ended; `unknown`: this client has offered no such file
   */
  withdraw(client: Client, fid: string): 'gone' | 'ending' | 'unknown' {
    const upload = this.get(fid);
    if (upload?.successor?.client === client) {
      upload.successor = null;
      return 'gone';
    }
    if (upload?.client !== client) return 'unknown';
    if (upload.running) {
      upload.cancelled = true;
      return 'ending';
    }
    this.#delete(fidKey(fid), upload);
    return 'gone';
  }

  /** It is over, whether it has brought the file or not. @param stored then nobody goes on with it */
  end(fid: string, { stored }: { stored: boolean }): Upload<Client> | null {
    const upload = this.get(fid);
    if (upload === null) return null;
    this.#delete(fidKey(fid), upload);
    const { successor } = upload;
    if (!stored && successor !== null && this.#isHere(successor.client))
      this.#lineUp(successor.client, successor.offer);
    return upload;
  }

  /** Those whose turn it is now: those that came first, but of no client more than its share. */
  startNext(): readonly Upload<Client>[] {
    const { uploads, uploadsPerClient } = this.#limits;
    const running = new Map<Client, number>();
    let all = 0;
    for (const upload of this.#uploads.values()) {
      if (!upload.running) continue;
      all++;
      running.set(upload.client, (running.get(upload.client) ?? 0) + 1);
    }
    const started: Upload<Client>[] = [];
    for (const upload of this.#uploads.values()) {
      if (all >= uploads) break;
      const own = running.get(upload.client) ?? 0;
      if (upload.running || own >= uploadsPerClient || !mayHaveOneMore(own, all, uploads)) continue;
      upload.running = true;
      all++;
      running.set(upload.client, own + 1);
      started.push(upload);
    }
    return started;
  }

  /**
   * The client has left: what it waits for is dropped. What runs may just have had its last byte, and is there until whoever
   * owns its socket says that it has ended.
   */
  forget(client: Client): void {
    if (!this.#counts.has(client)) return;
    for (const [key, upload] of this.#uploads)
      if (upload.client === client && !upload.running) this.#delete(key, upload);
  }

  #lineUp(client: Client, offer: FileOffer): void {
    this.#uploads.set(fidKey(offer.fid), { client, offer, running: false, cancelled: false, successor: null });
    this.#counts.set(client, (this.#counts.get(client) ?? 0) + 1);
  }

  #delete(key: string, { client }: Upload<Client>): void {
    this.#uploads.delete(key);
    const left = (this.#counts.get(client) ?? 0) - 1;
    if (left > 0) this.#counts.set(client, left);
    else this.#counts.delete(client);
  }
}
