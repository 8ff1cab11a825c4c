import { TributaryError } from '../../../contract/errors.ts';
import type { SourceKind } from '../../../contract/task.ts';
import type { ByteSink } from '../../../kit/byteSink.ts';
import type { ByteRange, Lane, ReadEnd, ReadOptions, Source, SourceDescription } from '../source.ts';
import { layoutOf } from './contentDescription.ts';
import type { ContentFile } from './contentFile.ts';
import { VerifyingSink } from './verifyingSink.ts';

/**
 * Another source of a file that has a CID, too: what it gives is checked against the hashes of the blocks before it is
 * written.
 */
export class VerifiedSource implements Source {
  readonly kind: SourceKind;
  readonly key: string;
  readonly address: string;
  readonly peer: string;
  readonly #inner: Source;
  readonly #file: ContentFile;
  /** It is the task's own link: without the CID's blocks it is used as it is. */
  readonly #leads: boolean;
  #checks = false;
  #open = true;

  constructor(components: { inner: Source; file: ContentFile }, init: { leads: boolean }) {
    this.#inner = components.inner;
    this.#file = components.file;
    this.#leads = init.leads;
    this.kind = this.#inner.kind;
    this.key = this.#inner.key;
    this.address = this.#inner.address;
    this.peer = this.#inner.peer;
    this.#file.use();
  }

  get asksForBlocks(): boolean {
    return this.#checks;
  }

  async describe(options: { signal: AbortSignal; wanted?: ByteRange }): Promise<SourceDescription> {
    const [described, content] = await Promise.all([
      this.#inner.describe(options),
      this.#file.content(options).catch((error: unknown) => {
        options.signal.throwIfAborted();
        if (this.#leads) return null;
        throw error;
      }),
    ]);
    const fits = content?.kind === 'file' && described.ranges && described.sizeBytes === content.leaves.sizeBytes;
    this.#checks = fits;
    if (fits) return { ...described, content: layoutOf(content.leaves, this.#file.init.root.toString()) };
    if (this.#leads) return described;
    throw new TributaryError('mirror-unfit', {
      host: new URL(this.peer).host,
      reason: described.ranges ? 'its file has another size' : 'it gives no parts of files',
    });
  }

  openLane(): Lane {
    const lane = this.#inner.openLane();
    return this.#checks ? new VerifiedLane(lane, this.#file, this.peer) : lane;
  }

  close(): void {
    this.#inner.close();
    if (this.#open) this.#file.release().catch(() => {});
    this.#open = false;
  }
}

class VerifiedLane implements Lane {
  readonly #inner: Lane;
  readonly #file: ContentFile;
  readonly #peer: string;

  constructor(inner: Lane, file: ContentFile, peer: string) {
    this.#inner = inner;
    this.#file = file;
    this.#peer = peer;
  }

  get position(): number | null {
    return this.#inner.position;
  }

  async read(_range: ByteRange, sink: ByteSink, { signal, onAsked }: ReadOptions): Promise<ReadEnd> {
    const { leaves } = this.#file;
    const outerEnd = sink.position + sink.remaining;
    const verifying = new VerifyingSink({
      leaves,
      outer: sink,
      host: new URL(this.#peer).host,
      onLeaf: ({ offset }) => onAsked?.(offset, this.#peer),
    });
    const last = leaves.at(leaves.indexAt(outerEnd - 1));
    const end = last === undefined ? outerEnd : last.offset + last.sizeBytes;
    const result = await this.#inner.read({ start: verifying.position, end }, verifying, { signal });
    if (verifying.failure !== null) throw verifying.failure;
    // For the connection it is full with the last leaf's last byte. Under a limit most of that leaf waits to be handed on; it
    // would be fetched anew for every 16 KiB of it.
    if (sink.remaining > 0) await verifying.ready({ signal });
    return sink.remaining === 0 ? 'filled' : result;
  }

  close(): void {
    this.#inner.close();
  }
}
