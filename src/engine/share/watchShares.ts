import type { Clock } from '../../kit/clock.ts';
import type { SharedFiles } from './sharedFiles.ts';

const LOOK_MS = 2000;
/** Of a folder with thousands of files a look takes long: it may cost one part in so many of the time. */
const REST_PER_LOOK = 20;

/**
 * Looks at what is shared again and again until it is aborted, so that what is new is found before somebody asks. A look and
 * not a watch of the system: those do not hear of network drives and of files behind links.
 */
export async function watchShares(
  { clock, files }: { readonly clock: Clock; readonly files: SharedFiles },
  options: { signal: AbortSignal },
): Promise<void> {
  while (!options.signal.aborted) {
    const beganMs = clock.nowMs();
    await files.contents({ believedMs: 0 });
    const tookMs = clock.nowMs() - beganMs;
    await clock.sleep(Math.max(LOOK_MS, REST_PER_LOOK * tookMs), options).catch(() => {});
  }
}
