import { mayHaveOneMore } from './fairShare.ts';
import { fidKey } from './fidKey.ts';
import { listLines, welcomeLines } from './fileLines.ts';
import type { HubLimits } from './hubLimits.ts';
import {
  type ClientMessage,
  type FileOffer,
  type HubErrorCode,
  type HubFileRecord,
  type HubMessage,
  lineOf,
  type ParsedClientMessage,
  parseClientMessage,
} from './hubMessages.ts';
import { HubOffers } from './hubOffers.ts';
import { freeUid, mayHaveHad, type UidOf } from './memberUids.ts';
import { MessageAllowance } from './messageAllowance.ts';

/** A control connection, as long as it stands. */
export type ClientId = number;

/** What whoever owns the sockets and files has to do, in this order. */
export type HubAction =
  | { readonly kind: 'send'; readonly to: readonly ClientId[]; readonly line: string }
  /** Once everything that was sent before is on its way. */
  | { readonly kind: 'close'; readonly client: ClientId }
  /** At once. */
  | { readonly kind: 'cutOff'; readonly client: ClientId }
  /** Open a port for the file, and call `uploadEnded` in the end. */
  | { readonly kind: 'openUpload'; readonly client: ClientId; readonly offer: FileOffer }
  /** Its client was cut off, and is back and waits: end the old attempt within a moment, whatever still comes. */
  | { readonly kind: 'endUpload'; readonly fid: string }
  /** Its uploader does not want it any more: end it at once, and keep nothing of it. */
  | { readonly kind: 'cancelUpload'; readonly fid: string }
  /** Open a port for the range, and call `downloadEnded` in the end. */
  | {
      readonly kind: 'openDownload';
      readonly client: ClientId;
      readonly fid: string;
      readonly offset: number;
      readonly length: number;
    }
  /** For good, and call `deleteEnded` then. */
  | { readonly kind: 'deleteFile'; readonly fid: string };

/** How an upload ended. */
export type UploadEnd =
  /** On the disk for good, and in the index. */
  | { readonly kind: 'stored'; readonly file: HubFileRecord }
  | { readonly kind: 'refused'; readonly code: HubErrorCode; readonly message: string };

export interface HubMachineComponents {
  /** In constant time. */
  keyIsRight(given: string): boolean;
  readonly uidOf: UidOf;
}

interface Client {
  readonly id: ClientId;
  readonly address: string;
  readonly allowance: MessageAllowance;
  downloads: number;
  /** Null before its HELLO. */
  member: HubMember | null;
}

/** A file that is on its way off the disk. */
interface Leaving {
  /** Who wanted it; null: the owner of the hub, or it is gone already. */
  readonly remover: Client | null;
  /** Of its fid, which is free in a moment. */
  readonly offers: { readonly client: Client; readonly offer: FileOffer }[];
}

/** A client that has said HELLO. */
export interface HubMember {
  readonly name: string;
  /** Of this connection alone. */
  readonly uid: string;
  /** The same for all connections of the name from the address, also after a restart. */
  readonly person: string;
}

/** What a hub does about what its clients say. It knows no socket, no file and no clock. */
export class HubMachine {
  readonly #components: HubMachineComponents;
  readonly #limits: HubLimits;
  readonly #clients = new Map<ClientId, Client>();
  /** Those before their HELLO, oldest first. */
  readonly #strangers = new Set<Client>();
  /** By `fidKey` their fid; in the order in which they came. */
  readonly #files: Map<string, HubFileRecord>;
  /** Those of them that are given to nobody any more; told is it when it is true, also for a hub that is killed a moment later. */
  readonly #leaving = new Map<string, Leaving>();
  readonly #offers: HubOffers<Client>;
  /** Of those that have left, too. */
  #downloads = 0;
  #actions: HubAction[] = [];

  constructor(components: HubMachineComponents, init: { files: readonly HubFileRecord[]; limits: HubLimits }) {
    this.#components = components;
    this.#limits = init.limits;
    this.#offers = new HubOffers(init.limits, (client) => this.#isHere(client));
    this.#files = new Map(init.files.map((file) => [fidKey(file.fid), file]));
  }

  get files(): readonly HubFileRecord[] {
    return [...this.#files.values()];
  }

  get members(): readonly HubMember[] {
    return [...this.#clients.values()].flatMap(({ member }) => (member === null ? [] : [member]));
  }

  /** Uploads under way or waiting. */
  get uploads(): number {
    return this.#offers.count;
  }

  memberOf(id: ClientId): HubMember | null {
    return this.#clients.get(id)?.member ?? null;
  }

  fileOf(fid: string): HubFileRecord | null {
    return this.#files.get(fidKey(fid)) ?? null;
  }

  connected(id: ClientId, address: string): HubAction[] {
    const { messageBurst: burst, messagesPerSecond: perSecond } = this.#limits;
    const allowance = new MessageAllowance({ burst, perSecond });
    const client: Client = { id, address, allowance, downloads: 0, member: null };
    this.#clients.set(id, client);
    this.#strangers.add(client);
    const [oldest] = this.#strangers;
    if (this.#strangers.size > this.#limits.strangers && oldest !== undefined) {
      this.#forget(oldest);
      this.#actions.push({ kind: 'cutOff', client: oldest.id });
    }
    return this.#take();
  }

  /** @param line null: it was not UTF-8 */
  received(id: ClientId, line: string | null, nowMs: number): HubAction[] {
    const client = this.#clients.get(id);
    if (client === undefined) return [];
    if (!client.allowance.take(nowMs)) {
      this.#refuse(client, 'too-many-messages', 'Too many messages in too short a time.');
      return this.#close(client);
    }
    const parsed = parseClientMessage(line);
    if (client.member === null) return this.#greet(client, parsed);
    if (parsed.ok) this.#handle(client, parsed.message);
    else this.#refuse(client, parsed.code, parsed.reason, parsed.fid);
    return this.#take();
  }

  lineTooLong(id: ClientId): HubAction[] {
    const client = this.#clients.get(id);
    if (client === undefined) return [];
    // A browser that sends megabytes to this port is told nothing.
    if (client.member !== null) this.#refuse(client, 'line-too-long', 'A line has 64 KiB at most.');
    return this.#close(client);
  }

  disconnected(id: ClientId): HubAction[] {
    const client = this.#clients.get(id);
    if (client === undefined) return [];
    this.#forget(client);
    return this.#take();
  }

  /** The port of an upload stands; `offset` bytes are there already. */
  uploadOpened(fid: string, port: number, offset: number): HubAction[] {
    const upload = this.#offers.get(fid);
    if (upload === null) return [];
    this.#send([upload.client.id], { type: 'FILE_UPLOAD_PORT', fid: upload.offer.fid, port, offset });
    return this.#take();
  }

  uploadEnded(fid: string, end: UploadEnd): HubAction[] {
    const upload = this.#offers.end(fid, { stored: end.kind === 'stored' });
    if (end.kind === 'stored') {
      // Also when its uploader has left meanwhile: it is whole, and in the index.
      this.#files.set(fidKey(fid), end.file);
      this.#tellAll({ type: 'FILE_AVAILABLE', ...end.file });
      if (upload?.cancelled === true) this.#remove(end.file, upload.client);
    } else if (upload?.cancelled === true) {
      this.#send([upload.client.id], { type: 'FILE_REMOVED', fid: upload.offer.fid });
    } else if (upload !== null && this.#isHere(upload.client)) {
      this.#refuse(upload.client, end.code, end.message, upload.offer.fid);
    }
    this.#startUploads();
    return this.#take();
  }

  downloadOpened(id: ClientId, request: { fid: string; port: number; offset: number; length: number }): HubAction[] {
    if (this.#clients.has(id)) this.#send([id], { type: 'FILE_DOWNLOAD_PORT', ...request });
    return this.#take();
  }

  downloadRefused(id: ClientId, fid: string, code: HubErrorCode, message: string): HubAction[] {
    const client = this.#clients.get(id);
    if (client !== undefined) this.#refuse(client, code, message, fid);
    return this.#take();
  }

  downloadEnded(id: ClientId): void {
    this.#downloads--;
    const client = this.#clients.get(id);
    if (client !== undefined) client.downloads--;
  }

  /** By the owner of the hub, or because it is gone from the disk. */
  removed(fid: string): HubAction[] {
    const file = this.#files.get(fidKey(fid));
    if (file !== undefined) this.#remove(file, null);
    return this.#take();
  }

  /** What `deleteFile` asked for. @param deleted false: it is there still, and stays listed */
  deleteEnded(fid: string, { deleted }: { deleted: boolean }): HubAction[] {
    const key = fidKey(fid);
    const leaving = this.#leaving.get(key);
    if (leaving === undefined) return [];
    this.#leaving.delete(key);
    if (deleted) {
      this.#files.delete(key);
      this.#tellAll({ type: 'FILE_REMOVED', fid });
    } else if (leaving.remover !== null && this.#isHere(leaving.remover)) {
      this.#refuse(leaving.remover, 'cannot-store', 'The hub could not remove the file.', fid);
    }
    for (const { client, offer } of leaving.offers) if (this.#isHere(client)) this.#offer(client, offer);
    return this.#take();
  }

  #greet(client: Client, parsed: ParsedClientMessage): HubAction[] {
    const message = parsed.ok ? parsed.message : null;
    if (message?.type !== 'HELLO') {
      // Something that wants to be a HELLO is told what is wrong with it; anything else is told nothing.
      if (!parsed.ok && ['bad-name', 'bad-key'].includes(parsed.code)) this.#refuse(client, parsed.code, parsed.reason);
      return this.#close(client);
    }
    if (!this.#components.keyIsRight(message.key ?? '')) {
      this.#refuse(client, 'bad-key', 'The key is not right.');
      return this.#close(client);
    }
    if (this.#clients.size - this.#strangers.size >= this.#limits.clients) {
      this.#refuse(client, 'too-many-clients', 'The hub has as many clients as it can have.');
      return this.#close(client);
    }
    this.#strangers.delete(client);
    const name = message.name.trim() || 'somebody';
    const person = this.#components.uidOf(name, client.address, 0);
    const taken = new Set(this.members.map(({ uid }) => uid));
    client.member = { name, uid: freeUid(this.#components.uidOf, { name, address: client.address }, taken), person };
    const lines = welcomeLines(client.member.uid, this.files);
    this.#actions.push({ kind: 'send', to: [client.id], line: lines.join('') });
    return this.#take();
  }

  /**
   * While the uploader is here, it alone. Else the same name from the same address is the same person: after a restart of
   * the hub two of them may have changed places.
   */
  #isUploader({ member, address }: Client, { uploader_uid }: HubFileRecord): boolean {
    if (member === null) return false;
    if (this.members.some(({ uid }) => uid === uploader_uid)) return member.uid === uploader_uid;
    return mayHaveHad(this.#components.uidOf, { name: member.name, address }, uploader_uid);
  }

  #handle(client: Client, message: ClientMessage): void {
    switch (message.type) {
      case 'HELLO':
        this.#refuse(client, 'bad-message', 'HELLO was said already.');
        return;
      case 'FILE_OFFER':
        this.#offer(client, message);
        return;
      case 'FILE_REQUEST':
        this.#request(client, message);
        return;
      case 'FILE_LIST':
        this.#actions.push({ kind: 'send', to: [client.id], line: listLines(this.files).join('') });
        return;
      case 'FILE_REMOVE':
        this.#removeFor(client, message.fid);
    }
  }

  #removeFor(client: Client, fid: string): void {
    const file = this.#files.get(fidKey(fid));
    if (file !== undefined) {
      if (this.#isUploader(client, file)) this.#remove(file, client);
      else this.#refuse(client, 'not-the-uploader', 'Only the uploader may remove a file.', fid);
      return;
    }
    switch (this.#offers.withdraw(client, fid)) {
      case 'gone':
        this.#send([client.id], { type: 'FILE_REMOVED', fid });
        return;
      case 'ending':
        this.#actions.push({ kind: 'cancelUpload', fid });
        return;
      case 'unknown':
        this.#refuse(client, 'unknown-fid', 'There is no such file.', fid);
    }
  }

  #offer(client: Client, offer: FileOffer): void {
    const leaving = this.#leaving.get(fidKey(offer.fid));
    if (leaving !== undefined) {
      leaving.offers.push({ client, offer });
      return;
    }
    const refusal = this.#offers.refusalOf(client, offer, this.#files);
    if (refusal !== null) {
      this.#refuse(client, refusal[0], refusal[1], offer.fid);
      return;
    }
    if (!this.#offers.add(client, offer)) this.#actions.push({ kind: 'endUpload', fid: offer.fid });
    this.#startUploads();
  }

  #startUploads(): void {
    for (const { client, offer } of this.#offers.startNext())
      this.#actions.push({ kind: 'openUpload', client: client.id, offer });
  }

  #isHere(client: Client): boolean {
    return this.#clients.get(client.id) === client;
  }

  #request(client: Client, request: Extract<ClientMessage, { type: 'FILE_REQUEST' }>): void {
    const { fid } = request;
    const file = this.#files.get(fidKey(fid));
    if (file === undefined || this.#leaving.has(fidKey(fid))) {
      this.#refuse(client, 'unknown-fid', 'There is no such file.', fid);
      return;
    }
    const { downloads, downloadsPerClient } = this.#limits;
    const offset = request.offset ?? 0;
    const length = request.length ?? Math.max(0, file.size - offset);
    if (offset > file.size || length > file.size - offset) {
      this.#refuse(client, 'bad-range', `The file has ${file.size} bytes.`, fid);
    } else if (client.downloads >= downloadsPerClient) {
      this.#refuse(client, 'too-many-requests', `At most ${downloadsPerClient} at a time.`, fid);
    } else if (!mayHaveOneMore(client.downloads, this.#downloads, downloads)) {
      this.#refuse(client, 'too-many-requests', 'The hub sends as much as it can.', fid);
    } else {
      this.#downloads++;
      client.downloads++;
      this.#actions.push({ kind: 'openDownload', client: client.id, fid: file.fid, offset, length });
    }
  }

  #remove(file: HubFileRecord, remover: Client | null): void {
    const key = fidKey(file.fid);
    if (this.#leaving.has(key)) return;
    this.#leaving.set(key, { remover, offers: [] });
    this.#actions.push({ kind: 'deleteFile', fid: file.fid });
  }

  #refuse(client: Client, code: HubErrorCode, message: string, fid: string | null = null): void {
    this.#send([client.id], errorMessage(code, message, fid));
  }

  #tellAll(message: HubMessage): void {
    const greeted = [...this.#clients.values()].flatMap(({ id, member }) => (member === null ? [] : [id]));
    this.#send(greeted, message);
  }

  #send(to: readonly ClientId[], message: HubMessage): void {
    this.#actions.push({ kind: 'send', to, line: lineOf(message) });
  }

  #close(client: Client): HubAction[] {
    this.#forget(client);
    this.#actions.push({ kind: 'close', client: client.id });
    return this.#take();
  }

  #forget(client: Client): void {
    this.#clients.delete(client.id);
    this.#strangers.delete(client);
    this.#offers.forget(client);
  }

  #take(): HubAction[] {
    const actions = this.#actions;
    this.#actions = [];
    return actions;
  }
}

function errorMessage(code: HubErrorCode, message: string, fid: string | null = null): HubMessage {
  return { type: 'ERROR', code, message, ...(fid === null ? {} : { fid }) };
}
