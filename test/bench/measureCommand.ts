import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Program and arguments. */
export type Command = readonly [program: string, args: readonly string[]];

/** What a program and all that it started has cost, by the kernel's own accounts (wait4). */
export interface Usage {
  /** From the start of the process to its end. */
  readonly wallMs: number;
  /** User and system time. */
  readonly cpuMs: number;
  /** Largest resident set of one process of the tree. */
  readonly peakBytes: number;
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface MeasureOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly deadlineMs: number;
  /** Called when it runs, with the stop button: an interrupt to the program and what it started. */
  readonly onStart?: (interrupt: () => void) => void;
}

/**
 * Runs a program under GNU time, since Node tells nothing of its children's costs. A program that is not done in time is
 * killed and has no exit code.
 */
export async function measureCommand([program, args]: Command, options: MeasureOptions): Promise<Usage> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-usage-'));
  const account = join(folder, 'account');
  try {
    const began = performance.now();
    const child = spawn('/usr/bin/time', ['-q', '-o', account, '-f', '%U %S %M', program, ...args], {
      env: options.env,
      cwd: options.cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: a signal reaches the program too, and GNU time lets an interrupt pass.
      detached: true,
    });
    const signal = (name: NodeJS.Signals): void => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, name);
    };
    const deadline = setTimeout(() => signal('SIGKILL'), options.deadlineMs);
    const stop = (): void => signal('SIGKILL');
    process.once('exit', stop);
    const texts = { stdout: '', stderr: '' };
    child.stdout.on('data', (bytes) => {
      texts.stdout += bytes;
    });
    child.stderr.on('data', (bytes) => {
      texts.stderr = `${texts.stderr}${bytes}`.slice(-4000);
    });
    options.onStart?.(() => signal('SIGINT'));
    let wallMs = Number.NaN;
    child.once('exit', () => {
      wallMs = performance.now() - began;
    });
    const [exitCode] = (await once(child, 'close')) as [number | null];
    clearTimeout(deadline);
    process.off('exit', stop);
    const [user = 0, system = 0, peakKib = 0] = accountOf(account);
    return { wallMs, cpuMs: (user + system) * 1000, peakBytes: peakKib * 1024, exitCode, ...texts };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The numbers of the last line; none when the program was killed. */
function accountOf(path: string): number[] {
  try {
    return (readFileSync(path, 'utf8').trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  } catch {
    return [];
  }
}
