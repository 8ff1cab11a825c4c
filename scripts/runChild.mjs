import { spawn } from 'node:child_process';
import { onStopRequest } from './stopRequests.mjs';

const KILL_AFTER_MS = 3000;

/** Children that run now: ended, with everything they started, when this process is told to stop. */
const running = new Set();

/**
 * Runs a program to its end and streams its output.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, deadlineMs: number, shell?: boolean, quiet?: boolean }} options
 *   `quiet`: its output is kept back and shown only when it fails.
 * @returns {Promise<{ ok: boolean, reason: string, timedOut: boolean }>} `reason` is a plain phrase when it did not go well.
 */
export async function runChild(command, args, { cwd, env, deadlineMs, shell = false, quiet = false }) {
  // A group of its own, so that grandchildren (a browser, a compiler's workers) can be ended with it.
  const detached = process.platform !== 'win32';
  const stdio = ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'];
  const child = spawn(command, args, { cwd, env, shell, detached, stdio });
  running.add(child);
  const kept = [];
  child.stdout?.on('data', (bytes) => kept.push(bytes));
  child.stderr?.on('data', (bytes) => kept.push(bytes));

  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    killTree(child, 'SIGTERM');
    setTimeout(() => killTree(child, 'SIGKILL'), KILL_AFTER_MS).unref();
  }, deadlineMs);
  try {
    const outcome = await new Promise((resolve) => {
      child.on('error', (error) => resolve({ ok: false, reason: error.message }));
      child.on('close', (code, signal) =>
        resolve({ ok: code === 0, reason: signal ? `ended by ${signal}` : `exit code ${code}` }),
      );
    });
    if (quiet && !outcome.ok) process.stderr.write(Buffer.concat(kept));
    return timedOut
      ? { ok: false, reason: `not done within ${deadlineMs / 1000} s`, timedOut }
      : { ...outcome, timedOut };
  } finally {
    clearTimeout(timer);
    running.delete(child);
  }
}

function killTree(child, signal) {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

/** Ends what `runChild` started when this process is told to stop; the result takes that back. */
export function endChildrenOnStop() {
  return onStopRequest((status) => {
    for (const child of running) killTree(child, 'SIGTERM');
    setTimeout(() => {
      for (const child of running) killTree(child, 'SIGKILL');
      process.exit(status);
    }, KILL_AFTER_MS);
  });
}
