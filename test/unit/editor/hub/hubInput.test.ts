import assert from 'node:assert/strict';
import { type HubInput, hubInvitation, isFileLink, parseHubInput } from '../../../../src/editor/hub/hubInput.ts';

describe('parseHubInput', () => {
  const cases: [text: string, input: HubInput | null][] = [
    ['127.0.0.1', { address: '127.0.0.1:8090', key: null }],
    [' lab.local:9000 ', { address: 'lab.local:9000', key: null }],
    ['hub://192.168.1.5:80/', { address: '192.168.1.5:80', key: null }],
    ['HUB://:walnut@192.168.1.5:8090', { address: '192.168.1.5:8090', key: 'walnut' }],
    ['hub://:a%40b%2F@lab', { address: 'lab:8090', key: 'a@b/' }],
    ['[::1]:8090', { address: '[::1]:8090', key: null }],
    ['', null],
    ['two words', null],
    ['http://lab:8090', null],
    ['lab:8090/file', null],
    ['lab:', null],
    ['lab:0', null],
    ['lab:70000', null],
    ['lab?x=1', null],
    ['lab#x', null],
    ['a\\b', null],
  ];
  for (const [text, input] of cases) {
    it(`reads "${text}"`, () => assert.deepEqual(parseHubInput(text), input));
  }

  it('tells the link of a file from an address', () => {
    assert.ok(isFileLink(' hub://127.0.0.1:8090/0c5f '));
    for (const text of ['hub://127.0.0.1:8090', 'hub://127.0.0.1:8090/', 'lab/file', 'http://lab/file'])
      assert.ok(!isFileLink(text), text);
  });

  it('reads every invitation', () => {
    for (const key of ['walnut-plum', 'with space', 'a@b:c/d?e#f', 'ключ', '100%']) {
      assert.deepEqual(parseHubInput(hubInvitation('10.0.0.2:8090', key)), { address: '10.0.0.2:8090', key });
    }
  });
});
