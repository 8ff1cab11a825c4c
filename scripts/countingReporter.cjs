// Mocha's usual output; the outcome of each test goes at once to the file that scripts/test.mjs adds up, so that a run
// which has to be ended before its end counts as well.
const { appendFileSync } = require('node:fs');
const { reporters, Runner } = require('mocha');

const { EVENT_TEST_PASS, EVENT_TEST_FAIL, EVENT_TEST_PENDING } = Runner.constants;

module.exports = class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const file = process.env.TRIBUTARY_COUNTS;
    if (!file) return;
    for (const [event, outcome] of [
      [EVENT_TEST_PASS, 'passed'],
      [EVENT_TEST_FAIL, 'failed'],
      [EVENT_TEST_PENDING, 'skipped'],
    ]) {
      runner.on(event, () => appendFileSync(file, `${outcome}\n`));
    }
  }
};
