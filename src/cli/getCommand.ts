import { join, resolve } from 'node:path';
import { toTributaryError } from '../contract/errors.ts';
import { ownVersion } from '../engine/disk/ownVersion.ts';
import { isRunning } from '../engine/disk/processIdentity.ts';
import { Engine } from '../engine/engine.ts';
import { checkCaFile } from '../engine/net/certificates.ts';
import { userDataFolder } from '../engine/registry.ts';
import { type EngineServer, serveEngine } from '../engine/serve.ts';
import { onAbort } from '../kit/abort.ts';
import { closeServer } from './closeServer.ts';
import { DownloadRun } from './downloadRun.ts';
import { EXIT_INTERRUPTED } from './exitCode.ts';
import { type GetOptions, planGet, withHubKeys } from './getPlan.ts';
import { hubKey } from './hubPlace.ts';
import { Interrupt } from './interrupt.ts';
import { userRepository } from './ipfsCommands.ts';
import { JsonReport } from './jsonReport.ts';
import { readInput } from './readInput.ts';
import { removeRunFolder, runFolderOf, sweepRunFolders } from './runFolder.ts';
import { TextReport } from './textReport.ts';

/** From a signal to the end of the process, its last messages included, there is less than a second. */
const CLOSE_LIMIT_MS = 800;

/**
 * `tributary get`: runs an engine in this process until every file has ended.
 * @returns the exit status
 * @throws TributaryError of the category `usage`, before anything was fetched
 */
export async function runGet(addresses: readonly string[], options: GetOptions): Promise<number> {
  const interrupt = new Interrupt();
  const stopReading = onAbort(interrupt.signal, () => process.exit(EXIT_INTERRUPTED));
  const listText = options.input === undefined ? null : await readInput(options.input);
  const plan = withHubKeys(planGet(addresses, options, listText, process.cwd()), hubKey(undefined, process.env));
  // Told now, as the wrong option it is, and not as a failure of the first secure connection.
  if (plan.network.caFile !== null) checkCaFile(plan.network.caFile);

  const { quiet = false, events = false } = options;
  const report = options.json
    ? new JsonReport(
        (line) => process.stdout.write(`${line}\n`),
        (line) => process.stderr.write(`${line}\n`),
        { quiet },
      )
    : new TextReport({ quiet, events, process });
  stopReading.dispose();
  // Whoever reads the output has gone (`| head`): there is nobody to download for.
  process.stdout.on('error', () => interrupt.happened || interrupt.trigger());

  // In one process a message costs next to nothing, and a run that is over must not wait a second to hear of it.
  const engine = await Engine.start({
    stateFolder: null,
    ipfsFolder: userRepository(),
    version: ownVersion(),
    changeWindowMs: 100,
    // What has failed is told, and the run ends.
    retryPausesMs: [],
  });
  const running = join(userDataFolder(process.env, process.platform), 'running');
  const warn = (message: string) => quiet || report.logged({ level: 'warn', message, taskId: null });
  const stateFolder = options.state === undefined ? runFolderOf(running, process.pid) : resolve(options.state);
  const served = await makeReachable(engine, stateFolder, warn);
  let closing: Promise<void> | null = null;
  const close = () => {
    closing ??= engine.close();
    return closing;
  };
  try {
    const run = new DownloadRun(engine, plan, report);
    if (interrupt.happened) return EXIT_INTERRUPTED;
    const subscription = onAbort(interrupt.signal, () => void run.interrupt(close(), CLOSE_LIMIT_MS));
    const exitCode = await run.run({ chunkEvents: events });
    subscription.dispose();
    return exitCode;
  } finally {
    report.dispose();
    // After a signal the time is used up already.
    await closeServer(Promise.all([close(), served?.close()]), interrupt.happened ? 100 : 5000);
    if (options.state === undefined) {
      await removeRunFolder(running, process.pid);
      await sweepRunFolders(running, (pid) => isRunning({ pid, startTicks: null })).catch(() => {});
    }
    interrupt.dispose();
  }
}

/** So that `list`, `pause`, ... from another terminal reach this run. It downloads without that just as well. */
async function makeReachable(
  engine: Engine,
  stateFolder: string,
  warn: (message: string) => void,
): Promise<EngineServer | null> {
  try {
    const server = await serveEngine(engine, stateFolder);
    if (server === null) warn(`Another engine runs in ${stateFolder}: list, pause, ... do not reach this run.`);
    return server;
  } catch (error) {
    warn(`list, pause, ... do not reach this run: ${toTributaryError(error).message}`);
    return null;
  }
}
