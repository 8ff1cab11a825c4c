import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { MIB } from './units.ts';

export interface BenchOptions {
  /** Which scenarios; empty: all. */
  readonly numbers: readonly number[];
  /** Counted rounds; one more warms caches. */
  readonly rounds: number;
  /** Of the big file of scenarios 1, 2, 7, 10 and 11. */
  readonly sizeBytes: number;
  readonly quick: boolean;
  /** Of the moments of scenario 9. @default a random one, printed */
  readonly seed: number;
  /** Where downloads land. */
  readonly targetFolder: string | null;
}

/** Reads `[numbers …] [--rounds n] [--size MiB] [--seed n] [--target folder] [--quick]`. @throws Error in plain words */
export function parseBenchOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      size: { type: 'string' },
      seed: { type: 'string' },
      target: { type: 'string' },
      quick: { type: 'boolean', default: false },
    },
  });
  return {
    numbers: positionals.map((text) => wholeNumber('a scenario', text)),
    rounds: wholeNumber('--rounds', values.rounds ?? (values.quick ? '3' : '5')),
    sizeBytes: wholeNumber('--size', values.size ?? (values.quick ? '512' : '2048')) * MIB,
    seed: values.seed === undefined ? randomInt(1, 2 ** 31) : wholeNumber('--seed', values.seed),
    quick: values.quick,
    targetFolder: values.target ?? null,
  };
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${name} takes a whole number from 1 on, not "${text}"`);
  return value;
}
