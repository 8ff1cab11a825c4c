import type { Checksum } from '../../contract/checksum.ts';
import { findChecksum } from '../protocols/checksumFile.ts';
import type { Source } from '../sources/source.ts';
import { readWhole } from '../transfer/readWhole.ts';

const MAX_BYTES = 1024 * 1024;
const DEADLINE_MS = 10_000;

/** What releases call the file with the checksums of all, strongest first. */
const LISTS = ['SHA512SUMS', 'SHA256SUMS', 'sha256sum.txt', 'SHA256SUMS.txt', 'checksums.txt'];
const SUFFIXES = ['.sha512', '.sha256', '.sha256sum', '.sha1', '.md5'];

/**
 * Links at which a checksum for the file behind that link may lie, best first. The query belongs to the file alone. Beside
 * what is no web link nothing lies.
 */
function checksumLinks(link: string): string[] {
  const url = new URL(link);
  if (!/^https?:$/.test(url.protocol)) return [];
  url.search = '';
  const folder = url.href.slice(0, url.href.lastIndexOf('/') + 1);
  return [...SUFFIXES.map((suffix) => url.href + suffix), ...LISTS.map((name) => folder + name)];
}

/**
 * Looks for a checksum file beside the file. Null when there is none that names it. Never fails.
 * @param components.openLink opens a link of the same server
 */
export async function findChecksumFile(
  components: { openLink: (link: string) => Source },
  link: string,
  options: { signal: AbortSignal },
): Promise<Checksum | null> {
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(DEADLINE_MS)]);
  const name = nameOf(link);
  const found = await Promise.all(
    checksumLinks(link).map(async (candidate) => {
      const source = components.openLink(candidate);
      try {
        const { sizeBytes } = await source.describe({ signal });
        const bytes = await readWhole(source, { sizeBytes, maxBytes: MAX_BYTES }, { signal });
        return findChecksum(new TextDecoder().decode(bytes), name);
      } catch {
        return null;
      } finally {
        source.close();
      }
    }),
  );
  return found.find((checksum) => checksum !== null) ?? null;
}

function nameOf(link: string): string {
  const segment = new URL(link).pathname.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
