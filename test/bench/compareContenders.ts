import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from './bench.ts';
import type { Command, Usage } from './measureCommand.ts';
import { measureCommand } from './measureCommand.ts';
import type { Contender } from './peers.ts';
import type { ServedFile } from './servedFile.ts';
import { digestOfFile } from './servedFile.ts';
import { median } from './statistics.ts';
import { megabytes, seconds, times } from './units.ts';

/** What one contender has reached. */
export interface Standing {
  readonly name: string;
  readonly runs: readonly Usage[];
  /** Medians; NaN when no run was good. */
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakBytes: number;
  /** Why there are no figures, or fewer: not installed, ended with an error, wrong bytes. */
  readonly trouble: string | null;
}

export interface ComparisonOptions {
  readonly address: string;
  readonly file: ServedFile;
  /** @default those of the command line */
  readonly rounds?: number;
  /** Whether a first round is run that does not count. @default true */
  readonly warmUp?: boolean;
  /** Of one run. @default 120 000 */
  readonly deadlineMs?: number;
}

/** Lets all fetch the same file in turn, in rounds, and checks every byte of every result. */
export async function compareContenders(
  bench: Bench,
  contenders: readonly Contender[],
  options: ComparisonOptions,
): Promise<Standing[]> {
  const rounds = options.rounds ?? bench.options.rounds;
  const runs = new Map<Contender, Usage[]>(contenders.map((contender) => [contender, []]));
  const troubles = new Map<Contender, string>();
  for (const contender of contenders) if (contender.command === null) troubles.set(contender, 'not installed');
  for (let round = options.warmUp === false ? 1 : 0; round <= rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      // Each begins a round once: nobody always comes after the same one.
      const contender = contenders[(turn + round) % contenders.length];
      if (contender === undefined || troubles.has(contender)) continue;
      const { roundsAtMost } = contender;
      if (roundsAtMost !== undefined && (round === 0 || round > roundsAtMost)) continue;
      const outcome = await fetchOnce(bench, contender, options);
      if (typeof outcome === 'string') troubles.set(contender, outcome);
      else if (round > 0) runs.get(contender)?.push(outcome);
    }
  }
  return contenders.map((contender) => {
    const good = runs.get(contender) ?? [];
    return {
      name: contender.name,
      runs: good,
      wallMs: median(good.map(({ wallMs }) => wallMs)),
      cpuMs: median(good.map(({ cpuMs }) => cpuMs)),
      peakBytes: median(good.map(({ peakBytes }) => peakBytes)),
      trouble: troubles.get(contender) ?? null,
    };
  });
}

/** The costs, or what went wrong. */
async function fetchOnce(
  bench: Bench,
  contender: Contender,
  { address, file, deadlineMs = 120_000 }: ComparisonOptions,
): Promise<Usage | string> {
  const target = join(bench.target, file.name);
  const command = contender.command?.(address, target);
  if (command === undefined) return 'not installed';
  const ourOwn = contender.name.startsWith('tributary');
  try {
    const usage = await measureCommand(bench.durable && !ourOwn ? flushed(command, target) : command, {
      env: bench.env,
      cwd: bench.target,
      deadlineMs,
    });
    if (usage.exitCode === null) return `not done within ${deadlineMs / 1000} s`;
    if (usage.exitCode !== 0) return `ended with ${usage.exitCode}: ${usage.stderr.trim().split('\n').at(-1) ?? ''}`;
    if (digestOfFile(target) !== file.sha256) return 'delivered wrong bytes';
    return usage;
  } finally {
    for (const ending of ['', '.part', '.part.json', '.st', '.aria2', '.ipull'])
      rmSync(`${target}${ending}`, { force: true });
  }
}

function flushed([program, args]: Command, target: string): Command {
  return ['sh', ['-c', 'file="$1"; shift; "$@" && sync "$file"', 'sh', target, program, ...args]];
}

export const STANDING_COLUMNS = [
  'program',
  'wall (least to most)',
  'CPU',
  'peak memory',
  'runs',
  'wall, ours to theirs',
];

/** One table row for each; the first is ours, to which the others are put in relation. */
export function standingRows(standings: readonly Standing[]): string[][] {
  const first = standings[0]?.wallMs ?? Number.NaN;
  return standings.map((standing, index) => {
    const { name, runs, wallMs, cpuMs, peakBytes, trouble } = standing;
    if (runs.length === 0) return [name, `no figure: ${trouble}`, '', '', '0', ''];
    const walls = runs.map((run) => run.wallMs);
    const range = `${seconds(wallMs)} (${seconds(Math.min(...walls))} to ${seconds(Math.max(...walls))})`;
    const count = trouble === null ? String(runs.length) : `${runs.length}, then ${trouble}`;
    const ratio = index === 0 || Number.isNaN(first) ? '' : times(first / wallMs);
    return [name, range, seconds(cpuMs), megabytes(peakBytes), count, ratio];
  });
}

/** The one of that name, which scenarios have put there themselves. */
export function standingOf(standings: readonly Standing[], name: string): Standing {
  const found = standings.find((standing) => standing.name.startsWith(name));
  if (found === undefined) throw new Error(`${name} does not take part`);
  return found;
}

/** Medians without the output, for the JSON file. */
export function standingData(standings: readonly Standing[]): unknown {
  return standings.map(({ runs, ...rest }) => ({
    ...rest,
    runs: runs.map(({ wallMs, cpuMs, peakBytes }) => ({ wallMs, cpuMs, peakBytes })),
  }));
}
