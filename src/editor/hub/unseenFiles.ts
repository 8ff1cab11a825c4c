import type { SharedFile } from './hubMirror.ts';

/** The files that others have shared since a person last looked at the hub. */
export class UnseenFiles {
  readonly #keys = new Set<string>();

  get count(): number {
    return this.#keys.size;
  }

  add(files: readonly SharedFile[]): void {
    for (const { hub, file } of files) this.#keys.add(`${hub}/${file.fid}`);
  }

  remove(files: readonly { readonly hub: string; readonly fid: string }[]): void {
    for (const { hub, fid } of files) this.#keys.delete(`${hub}/${fid}`);
  }

  /** Somebody looked. */
  clear(): void {
    this.#keys.clear();
  }
}
