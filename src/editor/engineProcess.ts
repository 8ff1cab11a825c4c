import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { PROTOCOL_VERSION, Rendezvous } from '../contract/engineApi.ts';
import { TributaryError } from '../contract/errors.ts';
import { isOtherNamespace, isRunning } from '../engine/disk/processIdentity.ts';
import { compareVersions } from './compareVersions.ts';
import { EngineClient } from './engineClient.ts';

export interface EngineLocation {
  /** Holds `engine.json`; one engine per state folder. */
  readonly stateFolder: string;
  /** Taken when an engine of another machine has that one; see `stateFolderHere`. */
  readonly hostFolder: string;
  /** The bundle that is started when no engine runs. */
  readonly engineScript: string;
  /** The extension's own version; an older engine is asked to leave. */
  readonly version: string;
}

/** A lock of another machine is watched for twelve seconds of it. */
const START_MS = 20_000;
const LEAVE_MS = 10_000;
const LOOK_AGAIN_MS = 50;
/** Least time between two engines that are started, when the first found the folder taken. */
const START_AGAIN_MS = 500;
/** So often another engine of an older version is asked to leave, too. */
const MOST_ASKED = 3;
/** Exit status of an engine that found its state folder taken (engine/main.ts). */
const ALREADY_RUNNING = 75;
/** The same, by one that cannot be reached from here. */
const RUNNING_ELSEWHERE = 76;

/**
 * Connects to the engine of `stateFolder`, starting it when none runs, or when the running one is older than we are.
 * @throws `engine-start-failed`; `version-mismatch` when the running one is newer and speaks another protocol
 */
export async function connectToEngine(location: EngineLocation): Promise<EngineClient> {
  try {
    // For good: this window, or another one, may have come to it since `stateFolderHere` was asked.
    if (!existsSync(location.hostFolder)) return await connectIn(location);
  } catch (error) {
    if (!(error instanceof ElsewhereError)) throw error;
  }
  try {
    return await connectIn({ ...location, stateFolder: location.hostFolder });
  } catch (error) {
    if (!(error instanceof ElsewhereError)) throw error;
    // Two containers of one name.
    const reason = `another machine or container uses ${location.hostFolder}`;
    throw new TributaryError('engine-start-failed', { reason }, { cause: error });
  }
}

/** The state folder belongs to an engine of another machine. */
class ElsewhereError extends Error {}

async function connectIn(location: EngineLocation): Promise<EngineClient> {
  let running = await findEngine(location);
  for (let asked = 0; ; asked++) {
    if (running) {
      if (!hasToLeave(running, location)) return running;
      await askToLeave(running);
    }
    const started = await startEngine(location);
    // A window that still runs the older version starts its own again, in the moment in which that one leaves.
    if (started.isOurs || asked === MOST_ASKED) return started.engine;
    running = started.engine;
  }
}

/** Whether it is older than we are. @throws `version-mismatch` */
function hasToLeave(running: EngineClient, { version }: EngineLocation): boolean {
  const { engineVersion, protocolVersion } = running.hello;
  if (compareVersions(engineVersion, version) > 0 || protocolVersion > PROTOCOL_VERSION) {
    if (protocolVersion === PROTOCOL_VERSION) return false;
    running.dispose();
    throw new TributaryError('version-mismatch', { version: engineVersion });
  }
  return engineVersion !== version || protocolVersion !== PROTOCOL_VERSION;
}

/** The running engine, or null: a rendezvous file that nobody answers was left behind by one that was killed. */
async function findEngine({ stateFolder, version }: EngineLocation): Promise<EngineClient | null> {
  const rendezvous = await readRendezvous(stateFolder);
  if (!rendezvous || !isHere(rendezvous)) return null;
  try {
    return await EngineClient.connect(rendezvous, `editor ${version}`);
  } catch {
    // It is just ending, or the process id belongs to somebody else by now.
    return null;
  }
}

/** Whether an engine runs there that `connectToEngine` would join. Another machine that shares the folder may have begun one. */
export async function runsHere(stateFolder: string): Promise<boolean> {
  const rendezvous = await readRendezvous(stateFolder);
  return rendezvous !== null && isHere(rendezvous);
}

function isHere({ pid, place }: Rendezvous): boolean {
  // One in another container could be reached, but the folders that it sees are not ours.
  return (place === undefined || !isOtherNamespace(place)) && isAlive(pid);
}

async function askToLeave(engine: EngineClient): Promise<void> {
  try {
    await engine.request('leave', undefined);
  } catch {
    // It may be gone before its answer was sent, which is what was asked for.
  }
  engine.dispose();
  await until(() => !isAlive(engine.hello.pid), LEAVE_MS);
}

/** @returns the engine that answers, and whether it is the one that was started */
async function startEngine(location: EngineLocation): Promise<{ engine: EngineClient; isOurs: boolean }> {
  await mkdir(location.stateFolder, { recursive: true, mode: 0o700 });
  let child = spawnEngine(location);
  let engine = null as EngineClient | null;
  await until(async () => {
    engine ??= await findEngine(location);
    // Another window's engine may have been faster: then ours ends, and is waited for, so that nothing is left behind.
    if (engine) return engine.hello.pid === child.pid || child.hasEnded;
    if (child.isElsewhere) throw new ElsewhereError('the engine runs elsewhere');
    if (child.failure !== null) throw new TributaryError('engine-start-failed', { reason: child.failure });
    // The one that had the folder was about to leave.
    if (child.hasEnded && performance.now() - child.startedAtMs > START_AGAIN_MS) child = spawnEngine(location);
    return false;
  }, START_MS);
  if (!engine) throw new TributaryError('engine-start-failed', { reason: `no answer within ${START_MS / 1000} s` });
  return { engine, isOurs: engine.hello.pid === child.pid };
}

function spawnEngine({ stateFolder, engineScript }: EngineLocation): Readonly<StartedChild> {
  // Own arguments only, no pipes and detached: it has to outlive this window.
  const child = spawn(process.execPath, [engineScript, '--state', stateFolder], {
    detached: true,
    windowsHide: true,
    stdio: 'ignore',
    cwd: stateFolder,
    env: engineEnvironment(process.env),
  });
  const started = watchEnd(child);
  child.unref();
  return started;
}

/** The editor's environment without what would change how Node runs or let the engine take itself for an editor. */
export function engineEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(([name]) => name !== 'NODE_OPTIONS' && !name.startsWith('VSCODE_'));
  return { ...Object.fromEntries(kept), ELECTRON_RUN_AS_NODE: '1' };
}

interface StartedChild {
  readonly pid: number | undefined;
  readonly startedAtMs: number;
  hasEnded: boolean;
  isElsewhere: boolean;
  /** Null when it ended as it should. */
  failure: string | null;
}

function watchEnd(child: ChildProcess): Readonly<StartedChild> {
  const startedAtMs = performance.now();
  const end: StartedChild = { pid: child.pid, startedAtMs, hasEnded: false, isElsewhere: false, failure: null };
  child.once('error', (error) => {
    end.hasEnded = true;
    end.failure = error.message;
  });
  child.once('exit', (code, signal) => {
    end.hasEnded = true;
    end.isElsewhere = code === RUNNING_ELSEWHERE;
    if (code !== ALREADY_RUNNING)
      end.failure = signal === null ? `it ended with status ${code}` : `it was ended by ${signal}`;
  });
  return end;
}

async function readRendezvous(stateFolder: string): Promise<Rendezvous | null> {
  try {
    const content: unknown = JSON.parse(await readFile(join(stateFolder, 'engine.json'), 'utf8'));
    const parsed = v.safeParse(Rendezvous, content);
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  return isRunning({ pid, startTicks: null });
}

async function until(condition: () => boolean | Promise<boolean>, deadlineMs: number): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!(await condition()) && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}
