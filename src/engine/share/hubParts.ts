import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { PART_SUFFIX } from '../../kit/partNames.ts';
import { removeFile } from '../disk/jsonFile.ts';
import { plainFile } from '../disk/plainFile.ts';
import { fidKey } from '../protocols/hub/fidKey.ts';
import type { HubLimits } from '../protocols/hub/hubLimits.ts';
import type { FileOffer } from '../protocols/hub/hubMessages.ts';

/** An upload that nobody has gone on with for so long is given up. */
const ABANDONED_MS = 7 * 24 * 3_600_000;
/** A part as it is named in uploads/: the fid's key, and what `stemOf` says. */
const PART_NAME = /^([0-9a-f]{32})(-[0-9a-f]{16}){0,2}\.part$/;
/** A whole file without an entry: it is no upload, and too many of those do not push it out. */
const ORPHAN_NAME = /^[0-9a-f]{32}\.part$/;

/** The beginning of an offered file, for as long as an upload goes on with it. */
export interface HubPart {
  readonly name: string;
  readonly path: string;
  /** What is there. */
  readonly offset: number;
  /** Of the whole file. */
  readonly sizeBytes: number;
}

interface Idle {
  readonly bytes: number;
  readonly modifiedMs: number;
}

/**
 * Beginnings of files in uploads/. Each belongs to who offered it: person, name and size are in its own name (as a digest),
 * so bytes of two people, or of two files of one fid, never meet, and nobody can take away what another one has sent.
 */
export class HubParts {
  readonly #folder: string;
  readonly #limits: Pick<HubLimits, 'parts' | 'partBytes'>;
  /** By name; those that no upload goes on with now. */
  readonly #idle = new Map<string, Idle>();

  constructor(folder: string, limits: Pick<HubLimits, 'parts' | 'partBytes'>) {
    this.#folder = folder;
    this.#limits = limits;
  }

  /** Key of its fid; null: this is no name of a part. */
  static keyOf(name: string): string | null {
    return PART_NAME.exec(name)?.[1] ?? null;
  }

  /** Nobody else uses it before `release`. @param person who offers */
  async claim(offer: FileOffer, person: string): Promise<HubPart> {
    const name = this.#nameFor(offer, person);
    this.#idle.delete(name);
    const path = join(this.#folder, name);
    const there = (await plainFile(path))?.sizeBytes ?? 0;
    return { name, path, offset: there > offer.size ? 0 : there, sizeBytes: offer.size };
  }

  /** The upload has ended, somehow: what it left is found again. @throws TributaryError of the disk */
  async release(name: string): Promise<void> {
    await this.found(name);
    await this.tidy();
  }

  /** It is in the folder, perhaps, and nobody uses it. */
  async found(name: string): Promise<void> {
    const there = await plainFile(join(this.#folder, name));
    if (there !== null) this.#idle.set(name, { bytes: there.sizeBytes, modifiedMs: there.modifiedMs });
  }

  /** Takes away what is empty, what was given up, and the oldest ones of too many; what cannot be, at the next start. */
  async tidy(): Promise<void> {
    const { parts, partBytes } = this.#limits;
    const oldest = Date.now() - ABANDONED_MS;
    let [count, sum] = [0, 0];
    // Of one moment, those that were released last are the newest.
    const newestFirst = [...this.#idle].reverse().sort(([, a], [, b]) => b.modifiedMs - a.modifiedMs);
    for (const [name, idle] of newestFirst) {
      // An upload goes on with it since.
      if (this.#idle.get(name) !== idle) continue;
      const { bytes, modifiedMs } = idle;
      const isYoung = bytes > 0 && modifiedMs >= oldest;
      if (isYoung && ORPHAN_NAME.test(name)) continue;
      if (isYoung && count < parts && sum + bytes <= partBytes) {
        count++;
        sum += bytes;
        continue;
      }
      this.#idle.delete(name);
      // A virus scanner may have it open: that must not become the failure of whoever's upload has ended just now.
      await removeFile(join(this.#folder, name)).catch(() => {});
    }
  }

  /** A digest is in the name when it was told first: whoever tells another one begins anew, whoever tells none goes on. */
  #nameFor(offer: FileOffer, person: string): string {
    const stem = `${fidKey(offer.fid)}-${shortDigest(JSON.stringify([person, offer.filename, offer.size]))}`;
    const bare = stem + PART_SUFFIX;
    if (offer.sha256 == null) {
      if (this.#idle.has(bare)) return bare;
      return [...this.#idle.keys()].find((name) => name.startsWith(`${stem}-`)) ?? bare;
    }
    const exact = `${stem}-${offer.sha256.slice(0, 16)}${PART_SUFFIX}`;
    return !this.#idle.has(exact) && this.#idle.has(bare) ? bare : exact;
  }
}

function shortDigest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
