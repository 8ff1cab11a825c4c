import assert from 'node:assert/strict';
import { type ErrorContext, errorLine } from '../../../src/cli/errorLine.ts';
import { ERRORS, type ErrorCode, type ErrorInfo } from '../../../src/contract/errors.ts';

describe('errorLine', () => {
  const subject = 'https://h/a';
  const cases: readonly (readonly [string, ErrorInfo, ErrorContext, string])[] = [
    [
      'names the address',
      { code: 'not-found', args: { host: 'h', status: 404 } },
      { subject },
      'tributary: https://h/a: The file is not on h (HTTP 404); check the link.',
    ],
    [
      'tells how to go on after a lost connection',
      { code: 'connection-lost', args: { host: 'h' } },
      { subject, keptBytes: 5 },
      'tributary: https://h/a: The connection to h was lost. Run the same command again to resume.',
    ],
    [
      'does not promise to resume what was not begun',
      { code: 'connection-refused', args: { host: 'h' } },
      { subject },
      'tributary: https://h/a: h refused the connection; check that the server is running. Try again later.',
    ],
    [
      'tells what to do about a full disk',
      { code: 'disk-full', args: { path: '/d' } },
      { subject, keptBytes: 5 },
      'tributary: https://h/a: The disk that holds /d is full; free some space and resume. Run the same command again to resume.',
    ],
    ['does without an address', { code: 'bad-option', args: { what: 'No.' } }, {}, 'tributary: No.'],
    [
      'stays one line, whatever a library says',
      { code: 'internal', args: { reason: 'a\n  at b\r\n\x1b[31mc' } },
      {},
      'tributary: Something went wrong inside Tributary: a at b \uFFFD[31mc.',
    ],
  ];
  for (const [what, info, context, expected] of cases) {
    it(what, () => assert.equal(errorLine(info, context), expected));
  }

  it('is one line that ends like a sentence for every code', () => {
    for (const code of Object.keys(ERRORS) as ErrorCode[]) {
      assert.match(
        errorLine({ code, args: { what: 'X.' } }, { subject, keptBytes: 1 }),
        /^tributary: [^\n]*[.?]$/,
        code,
      );
    }
  });
});
