import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { endChild } from './endChild.ts';
import type { Scope } from './scope.ts';
import { withoutProxies } from './withoutProxies.ts';

const CLI = join(import.meta.dirname, '../../dist/cli.js');

export interface CliOptions {
  readonly cwd: string;
  /** In addition to the machine's environment without its proxies. Give XDG_DATA_HOME to keep runs apart. */
  readonly env?: NodeJS.ProcessEnv;
  /** Text for stdin; else it is closed at once. */
  readonly input?: string;
  /** As whom it runs; only root may be somebody else. */
  readonly uid?: number;
  /** Most files that it may have open; not on Windows. */
  readonly openFiles?: number;
}

export interface CliResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts `dist/cli.js`; `result` resolves when it has ended. Ended with the scope. */
export function startCli(
  scope: Scope,
  args: readonly string[],
  options: CliOptions,
): { readonly child: ChildProcess; readonly result: Promise<CliResult> } {
  const env = { ...withoutProxies({ ...process.env }), ...options.env };
  const plain = [process.execPath, CLI, ...args];
  const limited = ['sh', '-c', `ulimit -n ${options.openFiles} && exec "$@"`, 'sh', ...plain];
  const [command = '', ...rest] = options.openFiles === undefined ? plain : limited;
  const child = spawn(command, rest, { cwd: options.cwd, env, stdio: 'pipe', uid: options.uid });
  scope.defer(() => endChild(child));
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const result = once(child, 'close').then(([exitCode]) => ({ exitCode: exitCode as number | null, stdout, stderr }));
  return { child, result };
}

/** Runs `dist/cli.js` to its end. */
export function runCli(scope: Scope, args: readonly string[], options: CliOptions): Promise<CliResult> {
  return startCli(scope, args, options).result;
}
