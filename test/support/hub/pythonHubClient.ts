import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { endChild } from '../endChild.ts';
import type { Scope } from '../scope.ts';
import { waitFor } from '../waitFor.ts';

const PROGRAM = join(import.meta.dirname, 'hub_client.py');

export interface HubLine {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** A run of the independent client; see hub_client.py. */
export interface PythonHubClient {
  readonly child: ChildProcess;
  /** Every message that it has received so far. */
  readonly lines: readonly HubLine[];
  /** The first message, earlier or later, of that type. */
  line(type: string): Promise<HubLine>;
  /** Exit code, with what it wrote to stderr. */
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>;
}

export function startPythonHubClient(
  scope: Scope,
  hub: { readonly port: number; readonly host?: string; readonly key?: string },
  name: string,
  ...command: readonly string[]
): PythonHubClient {
  const key = hub.key === undefined ? [] : ['--key', hub.key];
  const args = [PROGRAM, hub.host ?? '127.0.0.1', String(hub.port), name, ...key, ...command];
  const child = spawn('python3', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  scope.defer(() => endChild(child));
  const lines: HubLine[] = [];
  let rest = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) if (part !== '') lines.push(JSON.parse(part) as HubLine);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stderr }));
  return {
    child,
    lines,
    ended,
    line: (type) => waitFor(`a ${type} of the hub`, () => lines.find((line) => line.type === type)),
  };
}
