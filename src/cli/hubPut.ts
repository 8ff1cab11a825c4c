import { resolve } from 'node:path';
import { describeError, ERRORS, TributaryError, toTributaryError } from '../contract/errors.ts';
import { ReadableFile } from '../engine/disk/readableFile.ts';
import { hubLink } from '../engine/intake/hubAddress.ts';
import { type HubPlace, labelOf } from '../engine/net/hubSession.ts';
import { type HubLease, HubSessions } from '../engine/net/hubSessions.ts';
import type { HubFileRecord } from '../engine/protocols/hub/hubMessages.ts';
import { ownMemberName } from '../engine/share/memberName.ts';
import { shareFid } from '../engine/share/shareFid.ts';
import { type UploadBudget, uploadToHub } from '../engine/share/uploadToHub.ts';
import { systemClock } from '../kit/clock.ts';
import { errorLine } from './errorLine.ts';
import { EXIT_COMPLETE, EXIT_INTERRUPTED, exitCodeOf } from './exitCode.ts';
import type { HubOptions } from './hubCommands.ts';
import { hubFileJson } from './hubJson.ts';
import { hubPlace } from './hubPlace.ts';
import { Interrupt } from './interrupt.ts';
import { failureJson } from './jsonLines.ts';
import { PutProgress } from './putProgress.ts';

/** Of attempts that bring nothing: some 15 seconds where a hub refuses connections, up to a minute where it is silent. */
const BUDGET: UploadBudget = { attempts: 6, afterMs: 25_000 };

/**
 * `tributary hub put`: prints the links of the files, which go one after the other. The same command again goes on with what
 * broke off.
 * @returns the exit status; of several files that of the first failure
 * @throws TributaryError the failure of a single file
 */
export async function runHubPut(paths: readonly string[], options: HubOptions): Promise<number> {
  const interrupt = new Interrupt();
  const sessions = new HubSessions(ownMemberName);
  const progress = new PutProgress({ isQuiet: options.quiet === true, isTerminal: process.stderr.isTTY });
  try {
    const place = hubPlace(options, process.env);
    const lease = sessions.lease(place);
    let exitCode = EXIT_COMPLETE;
    for (const [n, path] of paths.entries()) {
      try {
        const record = await put(path, { place, lease, progress }, { signal: interrupt.signal });
        const line = options.json === true ? hubFileJson(place, record) : hubLink(place, record.fid);
        process.stdout.write(`${line}\n`);
      } catch (caught) {
        progress.end();
        if (interrupt.happened) {
          process.stderr.write('Stopped: what the hub has is kept there. Run the same command again to resume.\n');
          return EXIT_INTERRUPTED;
        }
        if (paths.length === 1) throw caught;
        const error = toTributaryError(caught);
        if (exitCode === EXIT_COMPLETE) exitCode = exitCodeOf(error.code);
        process.stderr.write(`${errorLine(error, { subject: path })}\n`);
        if (options.json === true) process.stdout.write(`${JSON.stringify(failureJson(error, path))}\n`);
        if (!isOfTheHub(error)) continue;
        const others = paths.length - n - 1;
        if (others > 0) process.stderr.write(`Not tried: ${others} more ${others === 1 ? 'file' : 'files'}.\n`);
        break;
      }
    }
    return exitCode;
  } finally {
    sessions.close();
    interrupt.dispose();
  }
}

/** The next file would fare no better. */
function isOfTheHub({ code }: TributaryError): boolean {
  return ERRORS[code].category === 'network' && code !== 'hub-refused' && code !== 'hub-busy';
}

async function put(
  path: string,
  { place, lease, progress }: { place: HubPlace; lease: HubLease; progress: PutProgress },
  options: { signal: AbortSignal },
): Promise<HubFileRecord> {
  const file = await open(path);
  const { sizeBytes, modifiedMs, path: absolute } = file;
  await file.close();
  const fid = shareFid({ path: absolute, sizeBytes, modifiedMs });
  const hub = labelOf(place);
  const forHub = `Waiting for the hub ${hub}.`;
  progress.begin(sizeBytes);
  progress.waits(forHub);
  const record = await uploadToHub(
    {
      lease,
      clock: systemClock,
      random: Math.random,
      onPhase: (phase, waiting) => {
        progress.goesOn();
        if (waiting !== null) progress.tell(`Waiting: ${describeError(waiting)}`);
        else if (phase === 'waiting') progress.waits(forHub);
        else if (phase === 'checking') progress.waits(`Waiting for the hub ${hub}: it has the file and checks it.`);
      },
      onSent: (bytes) => progress.sent(bytes),
    },
    { fid, path: absolute, sizeBytes, modifiedMs, budget: BUDGET },
    options,
  );
  progress.end();
  return record;
}

/** Nobody has begun yet, so nothing is "no longer there". */
async function open(path: string): Promise<ReadableFile> {
  try {
    return await ReadableFile.open(resolve(path));
  } catch (error) {
    if (!(error instanceof TributaryError && error.code === 'file-missing')) throw error;
    throw new TributaryError('share-unreadable', { path: resolve(path), reason: 'there is no such file' });
  }
}
