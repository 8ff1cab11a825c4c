import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type CliResult, runCli, startCli } from '../support/runCli.ts';
import type { Scope } from '../support/scope.ts';
import { tempFolder } from '../support/tempFolder.ts';
import { waitFor } from '../support/waitFor.ts';

export interface JsonLine {
  readonly type?: string;
  readonly event?: string;
  readonly state?: string;
  readonly [field: string]: unknown;
}

/** A run of the command line whose JSON lines can be watched while it runs. */
export interface RunningCli {
  readonly child: ChildProcess;
  readonly result: Promise<CliResult>;
  readonly lines: readonly JsonLine[];
  /** The first line, earlier or later, for which `check` holds. */
  line(what: string, check: (line: JsonLine) => boolean): Promise<JsonLine>;
  signal(name: NodeJS.Signals): void;
}

/** One user's command line: a folder to be in, and a data folder of its own. */
export class CliFixture {
  readonly #scope: Scope;
  readonly cwd: string;
  readonly #data: string;
  readonly #env: NodeJS.ProcessEnv;

  /** @param env in addition to what keeps this user apart from others */
  constructor(scope: Scope, env: NodeJS.ProcessEnv = {}) {
    this.#scope = scope;
    this.#env = env;
    this.cwd = tempFolder(scope);
    this.#data = tempFolder(scope);
  }

  get env(): NodeJS.ProcessEnv {
    // macOS and Windows look elsewhere for the user's data.
    return { XDG_DATA_HOME: this.#data, HOME: this.#data, LOCALAPPDATA: this.#data, ...this.#env };
  }

  run(args: readonly string[], input?: string): Promise<CliResult> {
    return runCli(this.#scope, args, { cwd: this.cwd, env: this.env, ...(input === undefined ? {} : { input }) });
  }

  start(args: readonly string[]): RunningCli {
    const { child, result } = startCli(this.#scope, args, { cwd: this.cwd, env: this.env });
    const lines: JsonLine[] = [];
    let rest = '';
    child.stdout?.on('data', (text: string) => {
      const parts = (rest + text).split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) if (part.startsWith('{')) lines.push(JSON.parse(part) as JsonLine);
    });
    return {
      child,
      result,
      lines,
      line: (what, check) => waitFor(what, () => lines.find(check)),
      signal: (name) => assert.ok(child.kill(name), 'it still runs'),
    };
  }

  path(name: string): string {
    return join(this.cwd, name);
  }

  files(): string[] {
    return readdirSync(this.cwd).sort();
  }

  /** What is left in the folder of the running engines. */
  leftovers(): string[] {
    const folders = ['tributary/running', 'Tributary/running', 'Library/Application Support/Tributary/running'];
    return folders.flatMap((folder) => {
      try {
        return readdirSync(join(this.#data, folder));
      } catch {
        return [];
      }
    });
  }
}

export function jsonLines(stdout: string): JsonLine[] {
  assert.ok(stdout === '' || stdout.endsWith('\n'), 'whole lines only');
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JsonLine);
}

/** Enough has come that a stop has something to keep. */
export function hasReceived(bytes: number): (line: JsonLine) => boolean {
  return ({ type, received }) => type === 'progress' && typeof received === 'number' && received >= bytes;
}
