import type { Clock } from '../../kit/clock.ts';
import type { DescribedSource, SourceSupply } from '../transfer/sourceSupply.ts';
import type { FileDigests } from './fileDigests.ts';

/** Pauses before a seed is asked again whether it knows the digest by now; what takes longer is not worth more requests. */
const PAUSES_MS = [250, 500, 1000, 2000, 4000, 8000, 15_000, 30_000, 60_000];
/** The same when the file is complete and came from several sources: how long its end is held up at most. */
const LAST_PAUSES_MS = [250, 500, 1000];

/**
 * Learns digests that seeds compute while others wait for them, and lets these join then. Ends when nobody waits any more,
 * or when it is asked in vain too often.
 * @throws the signal's reason when aborted
 */
export async function watchDigests(
  supply: SourceSupply,
  digests: FileDigests,
  clock: Clock,
  options: { signal: AbortSignal },
): Promise<void> {
  for (const ms of PAUSES_MS) {
    await clock.sleep(ms, options);
    if (!supply.isHolding) continue;
    await askAll(supply, supply.candidates, digests, options);
    supply.reconsider();
  }
}

/** The file is complete: whoever gave something of it is asked for a digest that was not known before. */
export async function askDigests(
  supply: SourceSupply,
  digests: FileDigests,
  clock: Clock,
  options: { signal: AbortSignal },
): Promise<void> {
  const { joined } = supply;
  const candidates = supply.candidates.filter(({ source }) => joined.includes(source));
  await askAll(supply, candidates, digests, options);
  if (candidates.length < 2 || candidates.every(({ described }) => described.laterChecksum === undefined)) return;
  for (const ms of LAST_PAUSES_MS) {
    if (digests.checksum !== null) return;
    await clock.sleep(ms, options);
    await askAll(supply, candidates, digests, options);
  }
}

/** Those that take part count at once, the others when they do. */
async function askAll(
  supply: SourceSupply,
  candidates: readonly DescribedSource[],
  digests: FileDigests,
  options: { signal: AbortSignal },
): Promise<void> {
  const asked = candidates.map(async ({ source, described }) => {
    const checksum = (await described.laterChecksum?.(options)) ?? null;
    if (checksum === null) return;
    const { laterChecksum: _, ...known } = described;
    supply.redescribe(source, { ...known, checksums: [checksum] });
    if (supply.joined.includes(source)) digests.adopt({ source, described: { ...known, checksums: [checksum] } });
  });
  await Promise.all(asked);
}
