import { type MetalinkFile, parseMetalink } from '../protocols/metalink/parseMetalink.ts';
import type { Source } from '../sources/source.ts';
import { readWhole } from '../transfer/readWhole.ts';
import type { DescribedSource } from '../transfer/sourceSupply.ts';

const MAX_BYTES = 16 * 1024 * 1024;
/** A Metalink that only helps is not waited for longer than this. */
const HELP_DEADLINE_MS = 5000;

/**
 * The files that a Metalink names.
 * @throws TributaryError `bad-metalink`, errors of the network; the signal's reason when aborted
 */
export async function readMetalink(
  { source, described }: DescribedSource,
  options: { signal: AbortSignal },
): Promise<MetalinkFile[]> {
  const bytes = await readWhole(source, { sizeBytes: described.sizeBytes, maxBytes: MAX_BYTES }, options);
  return parseMetalink(new TextDecoder().decode(bytes));
}

/**
 * What a Metalink says of a file that the server itself gives, too (RFC 6249 `describedby`); null when it cannot be read
 * in time or speaks of another file. Never fails: without it the download is the same.
 */
export async function readDescription(
  source: Source,
  sizeBytes: number,
  options: { signal: AbortSignal },
): Promise<MetalinkFile | null> {
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(HELP_DEADLINE_MS)]);
  try {
    const described = await source.describe({ signal });
    const files = await readMetalink({ source, described }, { signal });
    return files.find((file) => file.sizeBytes === sizeBytes) ?? null;
  } catch {
    options.signal.throwIfAborted();
    return null;
  } finally {
    source.close();
  }
}
