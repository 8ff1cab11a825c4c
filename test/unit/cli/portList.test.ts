import assert from 'node:assert/strict';
import { parsePort, parsePorts } from '../../../src/cli/portList.ts';
import { assertCode, thrown } from '../engine/assertCode.ts';

describe('parsePorts', () => {
  const cases: [text: string, ports: number[]][] = [
    ['8080', [8080]],
    ['8080-8082', [8080, 8081, 8082]],
    ['8082, 8080,8080-8081', [8082, 8080, 8081]],
  ];
  for (const [text, ports] of cases) it(text, () => assert.deepEqual(parsePorts('--ports', text), ports));

  for (const text of ['', 'x', '0', '70000', '8082-8080', '1-60000', '8080-', '8080,,8081'])
    it(`${JSON.stringify(text)} is none`, () =>
      assertCode(
        thrown(() => parsePorts('--ports', text)),
        'bad-option',
      ));
});

describe('parsePort', () => {
  it('takes 0 for any free one', () => assert.deepEqual([parsePort('-p', '0'), parsePort('-p', '8080')], [0, 8080]));
  for (const text of ['', '-1', '65536', '80a'])
    it(`not ${text}`, () =>
      assertCode(
        thrown(() => parsePort('-p', text)),
        'bad-option',
      ));
});
