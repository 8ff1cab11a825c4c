import { spawnSync } from 'node:child_process';

/** Full paths of what `scripts/bench.mjs` has found or installed; null: cannot be had. */
export interface Programs {
  readonly nginx: string;
  readonly curl: string | null;
  readonly aria2: string | null;
  readonly axel: string | null;
  readonly wget2: string | null;
  /** The script of the npm package's command. */
  readonly ipull: string | null;
}

/** Reads what `scripts/bench.mjs` hands over. */
export function readPrograms(env: NodeJS.ProcessEnv): Programs {
  const text = env.TRIBUTARY_BENCH_PROGRAMS;
  if (text === undefined) throw new Error('Run `npm run bench`: it finds the programs to compare with.');
  return JSON.parse(text) as Programs;
}

/** First version number that a program tells about itself. */
export function versionOf(path: string, args: readonly string[] = ['--version']): string {
  const { stdout, stderr } = spawnSync(path, args, { encoding: 'utf8' });
  return /\d+(?:\.\d+)+/.exec(`${stdout}${stderr}`)?.[0] ?? 'unknown';
}
