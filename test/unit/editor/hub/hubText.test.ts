import assert from 'node:assert/strict';
import {
  onHubAlreadyText,
  portTakenText,
  removalText,
  uploadFailureText,
  whenText,
} from '../../../../src/editor/hub/hubText.ts';
import { english as t } from '../sampleTask.ts';

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

describe('what is told of uploads', () => {
  it('names the file once', () => {
    const changed = { code: 'share-changed', args: { path: '/work/u.bin' } } as const;
    assert.equal(uploadFailureText('u.bin', changed, t), 'u.bin changed while it was being shared; share it again.');
    const refused = { code: 'hub-refused', args: { host: 'h:1', reason: 'it is full' } } as const;
    assert.equal(uploadFailureText('u.bin', refused, t), 'u.bin was not shared. The hub h:1 refused: it is full.');
  });

  it('says of what is there already that it is', () => {
    const texts = [[], ['a.txt'], ['a.txt', 'b.txt']].map((names) => onHubAlreadyText(names, t));
    assert.deepEqual(texts, ['', 'a.txt is on the hub already', '2 files are on the hub already']);
  });

  it('says what a removal means, of one file and of several', () => {
    assert.deepEqual(
      [1, 2].map((count) => removalText(count, t)),
      [
        'It can no longer be fetched. The original and copies of it stay where they are.',
        'They can no longer be fetched. The originals and copies of them stay where they are.',
      ],
    );
  });
});

describe('portTakenText', () => {
  it('offers to join what has the port, unless the user is there already', () => {
    const error = { code: 'port-in-use', args: { host: '127.0.0.1', port: 8090 } } as const;
    const taken = '127.0.0.1:8090 is used by another program already.';
    assert.equal(portTakenText(error, { isIn: false }, t), `${taken} If that is a share hub, you can join it.`);
    assert.equal(portTakenText(error, { isIn: true }, t), `${taken} That is the hub that you are in.`);
  });
});
