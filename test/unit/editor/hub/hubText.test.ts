import assert from 'node:assert/strict';
import { whenText } from '../../../../src/editor/hub/hubText.ts';

describe('whenText', () => {
  const nowMs = new Date(2026, 10, 20, 13, 0).getTime();
  const cases: [when: Date, text: string][] = [
    [new Date(2026, 10, 20, 9, 5), '09:05'],
    [new Date(2026, 10, 19, 9, 5), '19. Nov.'],
    [new Date(2025, 11, 31, 9, 5), '31. Dez. 2025'],
  ];
  for (const [when, text] of cases) {
    it(`is "${text}"`, () => assert.equal(whenText(when.toISOString(), { nowMs, locale: 'de' }), text));
  }

  it('is empty for what is no time', () => assert.equal(whenText('soon', { nowMs, locale: 'de' }), ''));
});
