import { spawn } from 'node:child_process';
import { linkSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { endChild } from '../support/endChild.ts';
import { freePort } from '../support/freePort.ts';
import { waitFor } from '../support/waitFor.ts';
import { waitForPort } from '../support/waitForPort.ts';
import type { Bench } from './bench.ts';
import type { ServedFile } from './servedFile.ts';

const DIGEST_DEADLINE_MS = 120_000;

export interface BenchSeed {
  readonly port: number;
  readonly address: string;
  /** One that runs on sees when another scenario touches its file, and hashes it anew. */
  stop(): Promise<void>;
}

/** A seed of this build in a process of its own, which has hashed the file already. */
export async function startBenchSeed(bench: Bench, file: ServedFile, ...more: readonly string[]): Promise<BenchSeed> {
  const folder = mkdtempSync(join(bench.served, 'seed-'));
  linkSync(join(bench.served, file.name), join(folder, file.name));
  const port = await freePort();
  const [program, args] = bench.tributary('seed', folder, '--port', String(port), ...more);
  const child = spawn(program, args, { env: bench.env, stdio: 'ignore' });
  bench.scope.defer(() => endChild(child));
  // An interrupted bench does not get to close its scope.
  const kill = (): void => void child.kill();
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  await waitForPort(port, child);
  const hashed = async (): Promise<boolean> => {
    const files = (await (await fetch(`http://127.0.0.1:${port}/files`)).json()) as { sha256: string | null }[];
    return files.every(({ sha256 }) => sha256 === file.sha256);
  };
  await waitFor('the seed to have hashed its file', hashed, DIGEST_DEADLINE_MS);
  const stop = async (): Promise<void> => {
    await endChild(child);
  };
  return { port, address: `seed://127.0.0.1:${port}/${file.name}`, stop };
}
