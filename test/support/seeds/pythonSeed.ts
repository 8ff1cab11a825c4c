import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { endChild } from '../endChild.ts';
import type { Scope } from '../scope.ts';

/** What the seed does wrong; see `classicSeed.py`. */
export interface SeedFaults {
  /** Seconds before each piece. */
  readonly delay?: number;
  readonly size?: number;
  readonly sizeText?: string;
  readonly download?: 'nothing' | 'short' | 'long' | 'error' | 'garbage' | 'wrong' | 'hang';
  /** So many pieces are given properly before that. */
  readonly after?: number;
  readonly dieAfter?: number;
  readonly list?: string;
  readonly hang?: boolean;
  readonly ending?: 'reset' | 'wait';
  readonly newline?: string;
}

export interface PythonSeed {
  readonly port: number;
  /** `seed://127.0.0.1:<port>/<name>` */
  address(name: string): string;
  readonly child: ChildProcess;
  /** Ends it at once. */
  kill(): Promise<void>;
}

/** A seed of the classic form that knows nothing of our code. */
export async function startPythonSeed(
  scope: Scope,
  folder: string,
  faults: SeedFaults = {},
  port = 0,
): Promise<PythonSeed> {
  const script = join(import.meta.dirname, 'classicSeed.py');
  const child = spawn('python3', [script, folder, String(port), JSON.stringify(faults)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  scope.defer(() => endChild(child));
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const listening = Number(/^listening (\d+)$/.exec(line)?.[1]);
  return {
    port: listening,
    address: (name) => `seed://127.0.0.1:${listening}/${encodeURIComponent(name)}`,
    child,
    kill: async () => {
      const gone = once(child, 'exit');
      if (child.kill('SIGKILL')) await gone;
    },
  };
}
