import { spawn, spawnSync } from 'node:child_process';
import { endChild } from '../endChild.ts';
import { freePort } from '../freePort.ts';
import type { Scope } from '../scope.ts';
import { waitForPort } from '../waitForPort.ts';

/** Null when Python 3 is installed; tests that skip state this reason. */
export function whyNoPython(): string | null {
  return spawnSync('python3', ['--version']).status === 0 ? null : 'python3 is not installed';
}

/** Python's `http.server`: HTTP/1.0, a length and Last-Modified, no ranges, one connection per request. */
export async function startPythonServer(scope: Scope, folder: string): Promise<{ origin: string }> {
  const port = await freePort();
  const args = ['-m', 'http.server', '--bind', '127.0.0.1', '--directory', folder, String(port)];
  const child = spawn('python3', args, { stdio: 'ignore' });
  scope.defer(() => endChild(child));
  await waitForPort(port, child);
  return { origin: `http://127.0.0.1:${port}` };
}
