import { appendFileSync } from 'node:fs';
import Mocha from 'mocha';
import { report } from './report.ts';

/** What VS Code calls inside the extension host; rejects when a test failed. */
export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 30_000, forbidOnly: true });
  Mocha.reporters.Base.consoleLog = report;
  // Gives the test files, which are part of this bundle, their `describe` and `it`.
  mocha.suite.emit(Mocha.Suite.constants.EVENT_FILE_PRE_REQUIRE, globalThis, '', mocha);
  // In this order: the first one measures an extension that nobody has used yet.
  await import('./activation.test.ts');
  await import('./download.test.ts');
  await import('./eventLoop.test.ts');
  await new Promise<void>((resolve, reject) => {
    const runner = mocha.run((failures) => (failures > 0 ? reject(new Error(`${failures} failed`)) : resolve()));
    const { EVENT_TEST_PASS, EVENT_TEST_FAIL, EVENT_TEST_PENDING } = Mocha.Runner.constants;
    runner.on(EVENT_TEST_PASS, () => count('passed'));
    runner.on(EVENT_TEST_FAIL, () => count('failed'));
    runner.on(EVENT_TEST_PENDING, () => count('skipped'));
  });
}

/** For the sum that scripts/test.mjs makes. */
function count(outcome: string): void {
  const file = process.env.TRIBUTARY_COUNTS;
  if (file) appendFileSync(file, `${outcome}\n`);
}
