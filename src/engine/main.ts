/** The engine process: one per state folder, shared by all its clients, gone when nobody needs it. */
import { constants, setPriority } from 'node:os';
import { parseArgs } from 'node:util';
import { isLockedElsewhere } from './disk/folderLock.ts';
import { isInstalled } from './disk/isInstalled.ts';
import { ownVersion } from './disk/ownVersion.ts';
import { Engine } from './engine.ts';
import { claimStateFolder, type StateFolderClaim } from './serve.ts';

const DEFAULT_IDLE_SECONDS = 60;
/** Another engine owns the folder already. Not a failure: the client that started this one finds the other. */
const ALREADY_RUNNING = 75;
/** That one runs in another container or on another machine, where the client cannot reach it. */
const RUNNING_ELSEWHERE = 76;

async function main(): Promise<void> {
  yieldToTheEditor();
  const { values } = parseArgs({ options: { state: { type: 'string' }, 'idle-seconds': { type: 'string' } } });
  if (values.state === undefined) throw new Error('--state <folder> is missing');
  // Before anybody can find this engine, so that a request to end is never the system's sudden one.
  const stop = new AbortController();
  process.on('SIGTERM', () => stop.abort());
  process.on('SIGINT', () => stop.abort());
  const claim = await claimStateFolder(values.state);
  if (claim === null) {
    process.exitCode = (await isLockedElsewhere(values.state)) ? RUNNING_ELSEWHERE : ALREADY_RUNNING;
    return;
  }
  await run(claim, values.state, Number(values['idle-seconds'] ?? DEFAULT_IDLE_SECONDS) * 1000, stop);
  process.exit(0);
}

async function run(claim: StateFolderClaim, stateFolder: string, idleMs: number, stop: AbortController): Promise<void> {
  const engine = await Engine.start({ stateFolder, version: ownVersion() }).catch(async (error: unknown) => {
    await claim.release();
    throw error;
  });
  const server = await claim.serve(engine);
  server.onDidAskToLeave(() => stop.abort());
  const watch = watchIdle(
    // Nobody could end what an extension shares that was uninstalled.
    () => server.clients > 0 || engine.isDownloading || (engine.isSharing && isInstalled()),
    idleMs,
    () => stop.abort(),
  );
  if (!stop.signal.aborted) await new Promise((resolve) => stop.signal.addEventListener('abort', resolve));
  clearInterval(watch);
  // Records first: whoever waits for this engine to leave finds them exact.
  await engine.close();
  await server.close();
}

/**
 * The extension hosts of the same machine come first: at 500 MB/s on two cores their event loop would wait for us. Before
 * the first file access, because threads take their priority over from the one that starts them.
 */
function yieldToTheEditor(): void {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Some containers forbid it; nothing depends on it.
  }
}

/** Calls back once nobody has needed the engine for that long. */
function watchIdle(isNeeded: () => boolean, idleMs: number, onIdle: () => void): NodeJS.Timeout {
  const checkMs = Math.max(50, Math.min(1000, idleMs / 4));
  let idleSinceMs = performance.now();
  return setInterval(() => {
    if (isNeeded()) idleSinceMs = performance.now();
    else if (performance.now() - idleSinceMs >= idleMs) onIdle();
  }, checkMs);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
