import { fidKey } from './fidKey.ts';
import { type HubFileRecord, type HubMessage, parseHubMessage } from './hubMessages.ts';

/** What a line of a hub means for a client of it. */
export type HubEvent =
  | { readonly kind: 'welcomed'; readonly uid: string }
  | { readonly kind: 'available'; readonly file: HubFileRecord }
  | { readonly kind: 'removed'; readonly fid: string }
  /** An answer to FILE_LIST was taken in. */
  | { readonly kind: 'listed' }
  | { readonly kind: 'uploadPort'; readonly fid: string; readonly port: number; readonly offset: number }
  | {
      readonly kind: 'downloadPort';
      readonly fid: string;
      readonly port: number;
      readonly offset: number;
      readonly length: number;
    }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string; readonly fid: string | null }
  /** The other side is no hub, or a broken one. */
  | { readonly kind: 'nonsense' };

/** Files that a client remembers of one hub; whatever a hub says, memory is bounded. */
const MOST_FILES = 100_000;

/** What a client knows of its hub, from the lines that the hub sends. It knows no socket. */
export class HubClientMachine {
  readonly #files = new Map<string, HubFileRecord>();
  #uid: string | null = null;

  /** Null before the WELCOME. */
  get uid(): string | null {
    return this.#uid;
  }

  get files(): readonly HubFileRecord[] {
    return [...this.#files.values()];
  }

  fileOf(fid: string): HubFileRecord | null {
    return this.#files.get(fidKey(fid)) ?? null;
  }

  /** @param line null: it was not UTF-8. @returns none for a message of a kind that is not known */
  received(line: string | null): HubEvent[] {
    const message = parseHubMessage(line);
    if (message === null) return this.#uid === null || line === null ? [{ kind: 'nonsense' }] : [];
    if (this.#uid !== null || message.type === 'WELCOME' || message.type === 'ERROR') return this.#handle(message);
    // A simple hub tells all whose HELLO it has read, and one of them may be waiting for its WELCOME still.
    if (message.type !== 'FILE_AVAILABLE' && message.type !== 'FILE_REMOVED') return [{ kind: 'nonsense' }];
    this.#handle(message);
    return [];
  }

  #handle(message: HubMessage): HubEvent[] {
    switch (message.type) {
      case 'WELCOME':
        if (this.#uid !== null) return [{ kind: 'nonsense' }];
        this.#uid = message.uid;
        // What is there already is part of the welcome, and no news.
        this.#add(message.files);
        return [{ kind: 'welcomed', uid: message.uid }];
      case 'FILE_AVAILABLE': {
        const { type: _, ...file } = message;
        return this.#add([file]);
      }
      case 'FILE_LIST':
        return [...this.#add(message.files), { kind: 'listed' }];
      case 'FILE_REMOVED':
        return this.#files.delete(fidKey(message.fid)) ? [{ kind: 'removed', fid: message.fid }] : [];
      case 'FILE_UPLOAD_PORT': {
        const { fid, port, offset } = message;
        return [{ kind: 'uploadPort', fid, port, offset }];
      }
      case 'FILE_DOWNLOAD_PORT': {
        const { fid, port, offset, length } = message;
        return [{ kind: 'downloadPort', fid, port, offset, length }];
      }
      case 'ERROR':
        return [{ kind: 'refused', code: message.code, message: message.message, fid: message.fid ?? null }];
    }
  }

  /** @returns the news among them */
  #add(files: readonly HubFileRecord[]): HubEvent[] {
    const news = files.filter(({ fid }) => !this.#files.has(fidKey(fid)));
    for (const file of news) if (this.#files.size < MOST_FILES) this.#files.set(fidKey(file.fid), file);
    return news.map((file) => ({ kind: 'available', file }));
  }
}
