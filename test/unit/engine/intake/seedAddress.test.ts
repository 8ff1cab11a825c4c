import assert from 'node:assert/strict';
import { parseAddress } from '../../../../src/engine/intake/address.ts';
import { seedTargetOf } from '../../../../src/engine/intake/seedAddress.ts';
import { assertCode, thrown } from '../assertCode.ts';
import { forSeeds } from '../seededRandom.ts';

describe('addresses of seeds', () => {
  const cases: [text: string, url: string, hostname: string | null, port: number | null, name: string][] = [
    ['seed:///file.iso', 'seed:///file.iso', null, null, 'file.iso'],
    ['  SEED:///a b|c ', 'seed:///a%20b%7Cc', null, null, 'a b|c'],
    ['seed://127.0.0.1:8081/a%20b', 'seed://127.0.0.1:8081/a%20b', '127.0.0.1', 8081, 'a b'],
    ['seed://localhost/f', 'seed://localhost:8080/f', 'localhost', 8080, 'f'],
    ['seed://host:80/f', 'seed://host:80/f', 'host', 80, 'f'],
    ['seed://[::1]:8082/f', 'seed://[::1]:8082/f', '::1', 8082, 'f'],
    ['seed:///what?#really', 'seed:///what%3F%23really', null, null, 'what?#really'],
    ['seed:///100%', 'seed:///100%25', null, null, '100%'],
    ['seed:///100%25', 'seed:///100%25', null, null, '100%'],
    ['seed:///a/b', 'seed:///a%2Fb', null, null, 'a/b'],
    ['seed:///me@home', 'seed:///me%40home', null, null, 'me@home'],
    ['seed:///žluť', 'seed:///%C5%BElu%C5%A5', null, null, 'žluť'],
  ];
  for (const [text, url, hostname, port, name] of cases) {
    it(text, () => {
      const address = parseAddress(text);
      assert.deepEqual([address.kind, address.url, address.display, address.authorization], ['seed', url, url, null]);
      const target = seedTargetOf(address.url);
      assert.deepEqual(
        [target.endpoint?.hostname ?? null, target.endpoint?.port ?? null, target.name],
        [hostname, port, name],
      );
      assert.deepEqual(parseAddress(url), address, 'its own form is read as the same');
      assert.ok(URL.canParse(url));
    });
  }

  for (const text of [
    'seed:',
    'seed:/f',
    'seed://',
    'seed:///',
    'seed://host:8080',
    'seed://host:8080/',
    'seed:///.',
    'seed:///..',
    'seed:///%2e%2e',
    'seed:///a%0ab',
    'seed:///a%00',
    'seed://host:0/f',
    'seed://host:99999/f',
    'seed://ho st/f',
    'seed://a?b/f',
    'seed://:key@/f',
    `seed:///${'a'.repeat(5000)}`,
  ])
    it(`${text.slice(0, 40)} is none`, () =>
      assertCode(
        thrown(() => parseAddress(text)),
        'not-a-link',
      ));

  it('carry a key as user info, which is shown nowhere', () => {
    for (const text of [
      'seed://:k%40y@10.0.0.1:8080/f',
      'seed://k%40y@10.0.0.1:8080/f',
      'seed://me:k%40y@10.0.0.1/f',
    ]) {
      const { authorization, ...rest } = parseAddress(text);
      assert.equal(authorization, 'Bearer k@y');
      assert.doesNotMatch(JSON.stringify(rest), /k@y|k%40y/);
    }
    const error = thrown(() => parseAddress('seed://:k%0ay@10.0.0.1/f'));
    assertCode(error, 'bad-option');
    assert.doesNotMatch(error.message, /k.?y@/);
  });

  it('any name survives', () =>
    forSeeds(500, (random) => {
      const alphabet = [...'ab %/\\?#@:|&+=.[]{}"\'<>^`~', 'ž', '🙂'];
      const name = `x${Array.from({ length: random.between(0, 20) }, () => random.pick(alphabet)).join('')}`;
      const address = parseAddress(`seed://127.0.0.1:8080/${encodeURIComponent(name)}`);
      assert.equal(seedTargetOf(address.url).name, name);
    }));
});
