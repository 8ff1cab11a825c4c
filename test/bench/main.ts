/** `npm run bench`: runs the scenarios, prints Markdown, writes out/bench.json. See README.md. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Scope } from '../support/scope.ts';
import type { Bench, Scenario } from './bench.ts';
import { openBench } from './bench.ts';
import type { BenchOptions } from './benchOptions.ts';
import { parseBenchOptions } from './benchOptions.ts';
import { readPrograms } from './programs.ts';
import type { Report } from './report.ts';
import { reportText } from './report.ts';
import { ALL_SCENARIOS, NOT_YET } from './scenarios/allScenarios.ts';
import { surroundings } from './surroundings.ts';

const OUT = join(import.meta.dirname, '../../out');

async function runAll(options: BenchOptions): Promise<void> {
  const wanted = (number: number): boolean => options.numbers.length === 0 || options.numbers.includes(number);
  const scope = new Scope();
  try {
    const memory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
    const bench = await openBench(scope, options, readPrograms(process.env), memory);
    const facts = surroundings(bench);
    console.log(
      `${Object.entries(facts)
        .map(([name, value]) => `- ${name}: ${value}`)
        .join('\n')}\n`,
    );

    const results: object[] = [];
    const missed: string[] = [];
    for (const scenario of ALL_SCENARIOS.filter(({ number }) => wanted(number))) {
      const title = `${scenario.number}. ${scenario.title}`;
      const began = performance.now();
      const report = await runOne(bench, scenario);
      const took = Math.round((performance.now() - began) / 1000);
      console.log(`${reportText(title, report)}\n`);
      console.error(`(${title}: ${took} s)`);
      results.push({ number: scenario.number, title: scenario.title, seconds: took, ...report });
      missed.push(...report.checks.filter(({ met }) => !met).map(({ what }) => `${scenario.number} (${what})`));
    }
    for (const [number, title] of NOT_YET)
      if (wanted(number)) console.log(`### ${number}. ${title}\n\nNot in this version.\n`);
    console.log(missed.length === 0 ? 'Every target was met.' : `Missed: ${missed.join('; ')}.`);
    mkdirSync(OUT, { recursive: true });
    writeFileSync(join(OUT, 'bench.json'), `${JSON.stringify({ surroundings: facts, results }, null, 2)}\n`);
  } finally {
    await scope.close();
  }
}

/** A scenario that breaks is a missed target, and no reason to lose the others. */
async function runOne(bench: Bench, scenario: Scenario): Promise<Report> {
  try {
    return await scenario.run(bench);
  } catch (error) {
    const measured = error instanceof Error ? error.message : String(error);
    const check = { what: 'runs to its end', measured, target: 'figures', met: false };
    return { setting: 'It broke.', columns: [], rows: [], checks: [check], notes: [], data: null };
  }
}

for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  // What was opened is registered for `exit`.
  process.once(signal, () => process.exit(status));
}
try {
  await runAll(parseBenchOptions(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
