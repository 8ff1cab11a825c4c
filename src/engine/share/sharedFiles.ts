import type { ErrorInfo } from '../../contract/errors.ts';
import { toTributaryError } from '../../contract/errors.ts';
import type { Clock } from '../../kit/clock.ts';
import { Emitter, type Event } from '../../kit/emitter.ts';
import { filesOfFolder, type ShareableFile, singleFile } from '../disk/shareableFiles.ts';
import { isSeedName } from '../intake/seedName.ts';

/** Something that the user has chosen to share. */
export interface Share {
  readonly id: string;
  readonly kind: 'folder' | 'file';
  /** Absolute. */
  readonly path: string;
}

export interface SharedFile extends ShareableFile {
  readonly shareId: string;
}

/** What one share holds now. */
export interface ShareContent {
  readonly share: Share;
  readonly files: readonly SharedFile[];
  /** How many more it would hold, if not for files of the same names in older shares. */
  readonly hidden: number;
  /** Why it has no files: the folder is gone, say. */
  readonly error: ErrorInfo | null;
}

/** How long a look at the folders is believed of names that it has found: whoever opens one of them sees what is there. */
const BELIEVED_MS = 1000;
/**
 * Lists, and names that were not found, are of this moment: a file was just copied into the share, and the next command asks
 * for it. Of a folder with thousands of files a look takes long, and may cost no more than one part in so many of the time.
 */
const FRESH_MS = 20;
const REST_PER_LOOK = 10;

interface Look {
  readonly atMs: number;
  readonly contents: Promise<readonly ShareContent[]>;
  isOver: boolean;
}

/** The files of all shares, by name. Of two with the same name the one of the older share counts. */
export class SharedFiles {
  readonly #clock: Clock;
  #shares: readonly Share[] = [];
  #look: Look | null = null;
  /** Begins when the one that is under way, and is too old for somebody, is over. */
  #nextLook: Promise<readonly ShareContent[]> | null = null;
  #byName: ReadonlyMap<string, SharedFile> = new Map();
  readonly #looked = new Emitter<readonly SharedFile[]>();
  readonly #changed = new Emitter<void>();
  readonly #stops = new Map<string, AbortController>();
  #summary = '';
  /** How long the last look took. */
  #tookMs = 0;

  /** All files, as a look has found them. */
  readonly onDidLook: Event<readonly SharedFile[]> = this.#looked.event;

  /** A look has found other files than the one before: more, fewer, longer, or none because of an error. */
  readonly onDidChange: Event<void> = this.#changed.event;

  constructor(components: { clock: Clock }) {
    this.#clock = components.clock;
  }

  get shares(): readonly Share[] {
    return this.#shares;
  }

  set(shares: readonly Share[]): void {
    this.#shares = shares;
    this.#look = null;
    this.#nextLook = null;
    // What is no longer shared must not be found by its name for another moment.
    this.#byName = new Map();
    for (const [id, stop] of this.#stops) {
      if (this.#isShared(id)) continue;
      this.#stops.delete(id);
      stop.abort(new Error('the file is no longer shared'));
    }
  }

  /** Aborted when a share is stopped: what is under way of it must not go on to its end. */
  stopOf(shareId: string): AbortSignal {
    if (!this.#isShared(shareId)) return AbortSignal.abort(new Error('the file is no longer shared'));
    const stop = this.#stops.get(shareId) ?? new AbortController();
    this.#stops.set(shareId, stop);
    return stop.signal;
  }

  /** @param options.believedMs how old it may be */
  contents(options: { believedMs?: number } = {}): Promise<readonly ShareContent[]> {
    const nowMs = this.#clock.nowMs();
    const known = this.#look;
    if (known !== null && nowMs - known.atMs <= (options.believedMs ?? BELIEVED_MS)) return known.contents;
    if (known === null || known.isOver) return this.#beginLook();
    // One at a time: the slower a disk is, the more of them would be under way at once, and an older one might end last.
    this.#nextLook ??= known.contents.then(() => (this.#look === known ? this.#beginLook() : this.contents()));
    return this.#nextLook;
  }

  #beginLook(): Promise<readonly ShareContent[]> {
    const atMs = this.#clock.nowMs();
    const contents = this.#lookAt(this.#shares);
    const look: Look = { atMs, contents, isOver: false };
    this.#look = look;
    this.#nextLook = null;
    return contents.finally(() => {
      look.isOver = true;
    });
  }

  async list(): Promise<readonly SharedFile[]> {
    await this.contents({ believedMs: this.#freshMs });
    return [...this.#byName.values()];
  }

  async find(name: string): Promise<SharedFile | null> {
    await this.contents();
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    await this.contents({ believedMs: this.#freshMs });
    return this.#byName.get(name) ?? null;
  }

  get #freshMs(): number {
    return Math.min(BELIEVED_MS, Math.max(FRESH_MS, REST_PER_LOOK * this.#tookMs));
  }

  #isShared(shareId: string): boolean {
    return this.#shares.some(({ id }) => id === shareId);
  }

  async #lookAt(shares: readonly Share[]): Promise<readonly ShareContent[]> {
    const beganMs = this.#clock.nowMs();
    const taken = new Map<string, SharedFile>();
    const contents: ShareContent[] = [];
    for (const { share, files, error } of await Promise.all(shares.map(filesOf))) {
      const seen = files.filter(({ name }) => isSeedName(name));
      const own = seen.filter(({ name }) => !taken.has(name));
      for (const file of own) taken.set(file.name, file);
      contents.push({ share, files: own, hidden: seen.length - own.length, error });
    }
    this.#tookMs = this.#clock.nowMs() - beganMs;
    // It may have been changed meanwhile.
    if (shares === this.#shares) {
      this.#byName = taken;
      this.#looked.fire(contents.flatMap(({ files }) => files));
      const summary = JSON.stringify(contents.map(summaryOf));
      if (summary !== this.#summary) {
        this.#summary = summary;
        this.#changed.fire();
      }
    }
    return contents;
  }
}

/** What a person is told of a share. */
function summaryOf({ share, files, hidden, error }: ShareContent): unknown {
  return [share.id, files.length, hidden, files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0), error];
}

async function filesOf(share: Share): Promise<Omit<ShareContent, 'hidden'>> {
  try {
    const files = share.kind === 'folder' ? await filesOfFolder(share.path) : [await singleFile(share.path)];
    const sorted = files.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    return { share, files: sorted.map((file) => ({ ...file, shareId: share.id })), error: null };
  } catch (error) {
    return { share, files: [], error: toTributaryError(error).toInfo() };
  }
}
