import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { Scenario } from '../bench.ts';
import type { ProbeFigures } from '../engineProbe.ts';
import { measureCommand } from '../measureCommand.ts';
import { atMost } from '../report.ts';
import { median, quantile } from '../statistics.ts';
import { mebibytes, milliseconds, seconds } from '../units.ts';

/** How soon the engine answers, and how little a client is held up, while a big file comes at full speed. */
export const answersWhileBusy: Scenario = {
  number: 11,
  title: 'the engine answers while it downloads at full speed',
  async run(bench) {
    const script = join(import.meta.dirname, '../engineProbe.ts');
    const state = mkdtempSync(join(bench.target, 'state-'));
    const args = [...process.execArgv, script, `${bench.origin.plain}/big.bin`, bench.target, state];
    const { exitCode, stdout, stderr } = await measureCommand(
      [process.execPath, [...args, String(bench.options.rounds), bench.big.sha256]],
      { env: bench.env, cwd: bench.target, deadlineMs: 120_000 },
    );
    if (exitCode !== 0) throw new Error(`the probe ended with ${exitCode}: ${stderr.trim()}`);
    const figures = JSON.parse(stdout) as ProbeFigures;
    const loopP99 = quantile(figures.loopLateMs, 0.99);
    const p99 = quantile(figures.answerMs, 0.99);
    return {
      setting: `${mebibytes(bench.big.sizeBytes)} × ${figures.downloadMs.length} on loopback, plain; one client asks for the list every 10 ms.`,
      columns: ['', 'median', 'p99', 'most'],
      rows: [
        [
          `answer to \`list\` (${figures.answerMs.length})`,
          milliseconds(median(figures.answerMs)),
          milliseconds(p99),
          milliseconds(Math.max(...figures.answerMs)),
        ],
        [
          "client's event loop, late by",
          milliseconds(median(figures.loopLateMs)),
          milliseconds(loopP99),
          milliseconds(Math.max(...figures.loopLateMs)),
        ],
      ],
      checks: [
        atMost("engine's answer, p99", p99, 100, milliseconds),
        atMost("client's event-loop delay, p99", loopP99, 20, milliseconds),
      ],
      notes: [
        `One download took ${seconds(median(figures.downloadMs))} (median), by way of the engine process.`,
        'The client is a Node process of its own; the extension host itself, and the time of activation, are measured by the tests inside VS Code.',
      ],
      data: figures,
    };
  },
};
