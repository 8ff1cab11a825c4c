import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import type { Bench } from './bench.ts';
import { versionOf } from './programs.ts';
import { mebibytes } from './units.ts';

/** Everything that the figures depend on, but no names of machines. */
export function surroundings(bench: Bench): Record<string, string> {
  const { programs, options } = bench;
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
    version: string;
  };
  const peer = (path: string | null): string => (path === null ? 'missing' : versionOf(path));
  return {
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    machine: `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    kernel: release(),
    'load at the start': loadavg()[0]?.toFixed(2) ?? 'unknown',
    'target file system': `${bench.targetFileSystem}${bench.durable ? '; the peers flush with `sync <file>`' : ''}`,
    'big file': mebibytes(options.sizeBytes),
    rounds: `${options.rounds} and a warm-up, interleaved; medians`,
    tributary: `${version}, production build, at most 16 lanes`,
    node: process.versions.node,
    nginx: versionOf(programs.nginx, ['-v']),
    curl: peer(programs.curl),
    aria2: peer(programs.aria2),
    axel: peer(programs.axel),
    wget2: peer(programs.wget2),
    ipull: programs.ipull === null ? 'missing' : packageVersion(programs.ipull),
  };
}

/** Version of the npm package that a script belongs to. */
function packageVersion(script: string): string {
  for (let folder = dirname(script); folder !== dirname(folder); folder = dirname(folder)) {
    try {
      return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
    } catch {
      // The package's folder is further up.
    }
  }
  return 'unknown';
}
