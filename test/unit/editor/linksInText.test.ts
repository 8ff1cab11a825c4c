import assert from 'node:assert/strict';
import { linksInText } from '../../../src/editor/linksInText.ts';

describe('linksInText', () => {
  const cases: [what: string, text: string, expected: string[]][] = [
    ['none', 'see the README', []],
    ['one in prose, without the full stop', 'It is at https://example.org/a.zip.', ['https://example.org/a.zip']],
    ['one in Markdown', '[the file](http://h:8080/a.bin)', ['http://h:8080/a.bin']],
    ['one in code', "curl -O 'https://h/a?b=c&d=1'", ['https://h/a?b=c&d=1']],
    ['several', '<https://h/a>, https://h/b; seed:///c', ['https://h/a', 'https://h/b', 'seed:///c']],
  ];
  for (const [what, text, expected] of cases) {
    it(`finds ${what}`, () => {
      const found = linksInText(text);
      assert.deepEqual(
        found.map(({ address }) => address),
        expected,
      );
      for (const { address, start, end } of found) assert.equal(text.slice(start, end), address);
    });
  }
});
