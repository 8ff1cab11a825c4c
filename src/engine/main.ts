/** The engine process: one per state folder, shared by all its clients, gone when nobody needs it. */
import { parseArgs } from 'node:util';
import { ownVersion } from './disk/ownVersion.ts';
import { Engine } from './engine.ts';
import { claimStateFolder } from './serve.ts';

const DEFAULT_IDLE_SECONDS = 60;
/** Another engine owns the folder already. Not a failure: the client that started this one finds the other. */
const ALREADY_RUNNING = 75;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { state: { type: 'string' }, 'idle-seconds': { type: 'string' } } });
  if (values.state === undefined) throw new Error('--state <folder> is missing');
  const claim = await claimStateFolder(values.state);
  if (claim === null) {
    process.exitCode = ALREADY_RUNNING;
    return;
  }
  let engine: Engine;
  try {
    engine = await Engine.start({ stateFolder: values.state, version: ownVersion() });
  } catch (error) {
    await claim.release();
    throw error;
  }
  const server = await claim.serve(engine);

  let ending = false;
  const end = async (): Promise<void> => {
    if (ending) return;
    ending = true;
    // Records first: whoever waits for this engine to leave finds them exact.
    await engine.close();
    await server.close();
    process.exit(0);
  };
  const run = (): void => void end().catch(fail);
  process.on('SIGTERM', run);
  process.on('SIGINT', run);
  server.onDidAskToLeave(run);
  watchIdle(() => server.clients > 0 || engine.runningTasks > 0, Number(values['idle-seconds'] ?? DEFAULT_IDLE_SECONDS) * 1000, run);
}

/** Calls back once nobody has needed the engine for that long. */
function watchIdle(isNeeded: () => boolean, idleMs: number, onIdle: () => void): void {
  const checkMs = Math.max(50, Math.min(1000, idleMs / 4));
  let idleSinceMs = performance.now();
  setInterval(() => {
    if (isNeeded()) idleSinceMs = performance.now();
    else if (performance.now() - idleSinceMs >= idleMs) onIdle();
  }, checkMs);
}

function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

main().catch(fail);
