import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SCRIPT = join(import.meta.dirname, 'classicClient.py');
const DEADLINE_MS = 60_000;

/** What a request ends with; the old programs send it bare. */
export type RequestEnding = 'bare' | 'newline' | 'crlf' | 'half-close';

/** A client of the classic form that knows nothing of our code. */
export const pythonClient = {
  async list(port: number): Promise<string[]> {
    const text = await python('list', String(port));
    return text === '' ? [] : text.split('\n');
  },
  async size(port: number, name: string): Promise<number> {
    return Number(await python('size', String(port), name));
  },
  async get(
    ports: readonly number[],
    init: { name: string; target: string; lanes: number; ending: RequestEnding },
  ): Promise<void> {
    const { name, target, lanes, ending } = init;
    await python('get', name, target, String(lanes), ending, ...ports.map(String));
  },
};

async function python(...args: readonly string[]): Promise<string> {
  const { stdout } = await run('python3', [SCRIPT, ...args], { timeout: DEADLINE_MS });
  return stdout.replace(/\n$/, '');
}
