import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Bench } from './bench.ts';
import type { Command } from './measureCommand.ts';

/** A program that is looked at while it runs. */
export interface RunningChild {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Resolves with the exit code; null: killed. */
  readonly ended: Promise<number | null>;
}

/** Starts it without output and without waiting; killed with this process and by `deadlineMs` at the latest. */
export function startChild(bench: Bench, [program, args]: Command, deadlineMs: number): RunningChild {
  const child = spawn(program, args, { env: bench.env, cwd: bench.target, stdio: 'ignore' });
  if (child.pid === undefined) throw new Error(`${program} cannot be started`);
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', kill);
  const deadline = setTimeout(kill, deadlineMs);
  const ended = once(child, 'exit').then(([code]) => {
    clearTimeout(deadline);
    process.off('exit', kill);
    return code as number | null;
  });
  return { child, pid: child.pid, ended };
}

/**
 * Bytes that a process has read so far by `read(2)`: its own program files and, since that is the call that Node's sockets
 * use, everything from the network. Null when it is gone.
 */
export function bytesRead(pid: number): number | null {
  try {
    return Number(/^rchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);
  } catch {
    return null;
  }
}
