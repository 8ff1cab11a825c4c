import { cpSync, mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Scope } from '../support/scope.ts';
import { tempFolder } from '../support/tempFolder.ts';
import { withoutProxies } from '../support/withoutProxies.ts';
import type { BenchOptions } from './benchOptions.ts';
import { fileSystemOf } from './fileSystemOf.ts';
import type { Command } from './measureCommand.ts';
import type { Origin } from './origin.ts';
import { startOrigin } from './origin.ts';
import type { Programs } from './programs.ts';
import type { Report } from './report.ts';
import type { ServedFile } from './servedFile.ts';
import { serveFile } from './servedFile.ts';
import { GIB } from './units.ts';

/** One of BENCH.md's scenarios. */
export interface Scenario {
  readonly number: number;
  readonly title: string;
  run(bench: Bench): Promise<Report>;
}

/** What the scenarios share. */
export interface Bench {
  readonly scope: Scope;
  readonly options: BenchOptions;
  readonly programs: Programs;
  readonly origin: Origin;
  /** Source folder of the origin. */
  readonly served: string;
  /** Source folder of the origin's `/sparse/`, on a disk. */
  readonly sparse: string;
  /** Where downloads land. */
  readonly target: string;
  readonly targetFileSystem: string;
  /** Results outlive a power cut only after a flush: asked of the peers too where the target is a real disk. */
  readonly durable: boolean;
  readonly env: NodeJS.ProcessEnv;
  /** The file of `options.sizeBytes`. */
  readonly big: ServedFile;
  /** The production build's command line; it names its own copy, which no later build changes. */
  tributary(...args: string[]): Command;
}

/** Opens everything; the scope closes it. @throws Error in plain words when memory does not hold the files */
export async function openBench(
  scope: Scope,
  options: BenchOptions,
  programs: Programs,
  memory: string,
): Promise<Bench> {
  const { bavail, bsize } = statfsSync(memory);
  const neededBytes = 2.5 * options.sizeBytes + 2 * GIB;
  if (bavail * bsize < neededBytes) {
    throw new Error(`${memory} needs ${(neededBytes / GIB).toFixed(1)} GiB free; --size takes less.`);
  }
  const home = mkdtempSync(join(memory, 'tributary-bench-'));
  // Also when the process is told to end: gigabytes of memory would stay taken.
  const remove = (): void => rmSync(home, { recursive: true, force: true, maxRetries: 3 });
  process.once('exit', remove);
  scope.defer(remove);
  const [served, program] = [join(home, 'served'), join(home, 'program')];
  mkdirSync(served);
  mkdirSync(program);
  const root = join(import.meta.dirname, '../..');
  for (const name of ['package.json', 'dist/cli.js', 'dist/hashWorker.js', 'dist/ipfsNode.js'])
    cpSync(join(root, name), join(program, name));
  const sparse = tempFolder(scope);
  const target = mkdtempSync(join(options.targetFolder ?? memory, 'tributary-target-'));
  const removeTarget = (): void => rmSync(target, { recursive: true, force: true, maxRetries: 3 });
  process.once('exit', removeTarget);
  scope.defer(removeTarget);
  const targetFileSystem = fileSystemOf(target);
  return {
    scope,
    options,
    programs,
    origin: await startOrigin(scope, programs.nginx, { home, served, sparse }),
    served,
    sparse,
    target,
    targetFileSystem,
    durable: targetFileSystem !== 'tmpfs',
    env: { ...withoutProxies({ ...process.env }), XDG_DATA_HOME: join(home, 'data'), TMPDIR: tmpdir() },
    big: serveFile(served, 'big.bin', options.sizeBytes),
    tributary: (...args) => [process.execPath, [join(program, 'dist/cli.js'), ...args]],
  };
}
