import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { type GetOptions, planGet } from '../../../src/cli/getPlan.ts';
import { DEFAULT_NETWORK, DEFAULT_SETTINGS } from '../../../src/contract/settings.ts';

const CWD = resolve('/work/here');
const LINK = 'https://h/a';
const SHA1 = '01'.repeat(20);

function plan(options: GetOptions = {}, addresses: readonly string[] = [LINK], listText: string | null = null) {
  return planGet(addresses, options, listText, CWD);
}

describe('planGet', () => {
  it('has defaults for everything but the address', () => {
    assert.deepEqual(plan(), {
      files: [{ address: LINK, checksum: null }],
      mirrors: [],
      folder: CWD,
      fileName: null,
      exists: 'rename',
      headers: {},
      seeds: null,
      settings: { ...DEFAULT_SETTINGS, logLevel: 'off' },
      network: DEFAULT_NETWORK,
    });
  });

  const places: readonly (readonly [GetOptions, string, string | null])[] = [
    [{ dir: 'models' }, `${CWD}/models`, null],
    [{ dir: '/data' }, '/data', null],
    [{ dir: '..' }, '/work', null],
    [{ output: 'x.bin' }, CWD, 'x.bin'],
    [{ output: 'a/b/x.bin' }, `${CWD}/a/b`, 'x.bin'],
    [{ output: '../x.bin' }, '/work', 'x.bin'],
    [{ output: '/data/x.bin' }, '/data', 'x.bin'],
    [{ output: 'x.bin', dir: 'models' }, `${CWD}/models`, 'x.bin'],
    [{ output: '.hidden' }, CWD, '.hidden'],
  ];
  for (const [options, folder, fileName] of places) {
    it(`${JSON.stringify(options)} lands in ${folder}`, () => {
      const { folder: actual, fileName: name } = plan(options);
      assert.deepEqual([actual, name], [resolve(folder), fileName]);
    });
  }

  it('takes numbers, rate, headers, proxy and authorities', () => {
    const made = plan({
      connections: '64',
      parallel: '1',
      limit: '1.5M',
      header: ['A: b'],
      proxy: 'proxy.lan:3128',
      ca: 'ca.pem',
      log: 'debug',
      exists: 'skip',
    });
    assert.deepEqual(made.settings, {
      ...DEFAULT_SETTINGS,
      lanesPerTask: 64,
      parallelTasks: 1,
      limitBytesPerSecond: 1_500_000,
      logLevel: 'debug',
    });
    assert.deepEqual(made.network, {
      ...DEFAULT_NETWORK,
      proxy: 'http://proxy.lan:3128',
      caFile: resolve(CWD, 'ca.pem'),
    });
    assert.deepEqual(made.headers, { a: 'b' });
    assert.equal(made.exists, 'skip');
  });

  it('puts the list behind the addresses, each with its own checksum', () => {
    assert.deepEqual(plan({}, [LINK], `https://h/b sha1:${SHA1}\n`).files, [
      { address: LINK, checksum: null },
      { address: 'https://h/b', checksum: `sha1:${SHA1}` },
    ]);
  });

  it('gives --checksum to the one address', () => {
    assert.equal(plan({ checksum: `SHA1:${SHA1}` }).files[0]?.checksum, `sha1:${SHA1}`);
  });

  it('keeps mirrors in their order', () => {
    assert.deepEqual(plan({ mirror: ['http://b/a', 'http://c/a'] }).mirrors, ['http://b/a', 'http://c/a']);
  });

  it('--checksum auto looks for checksums, for several addresses too, and keeps those of a list', () => {
    const made = plan({ checksum: 'auto' }, [LINK], `https://h/b sha1:${SHA1}\n`);
    assert.equal(made.settings.findChecksums, true);
    assert.deepEqual(
      made.files.map(({ checksum }) => checksum),
      [null, `sha1:${SHA1}`],
    );
  });

  const refused: readonly (readonly [string, string, GetOptions, (readonly string[])?, (string | null)?])[] = [
    ['no address', 'bad-option', {}, []],
    ['a list without addresses', 'bad-option', {}, [], '# nothing\n'],
    ['-o with two addresses', 'bad-option', { output: 'x' }, [LINK, LINK]],
    ['-o with a list of two', 'bad-option', { output: 'x' }, [], `${LINK}\n${LINK}\n`],
    ['--checksum with two addresses', 'bad-option', { checksum: `sha1:${SHA1}` }, [LINK, LINK]],
    ['-o that is a folder', 'bad-option', { output: 'models/' }],
    ['-o that is empty', 'bad-option', { output: '' }],
    ['-o ..', 'bad-option', { output: '..' }],
    ['-c 0', 'bad-option', { connections: '0' }],
    ['-c 65', 'bad-option', { connections: '65' }],
    ['-c x', 'bad-option', { connections: 'x' }],
    ['-c 1.5', 'bad-option', { connections: '1.5' }],
    ['-j 0', 'bad-option', { parallel: '0' }],
    ['--limit fast', 'bad-option', { limit: 'fast' }],
    ['--checksum crc:1', 'bad-checksum', { checksum: 'crc:1' }],
    ['-H nonsense', 'bad-header', { header: ['nonsense'] }],
    ['--proxy socks5', 'bad-option', { proxy: 'socks5://h:1' }],
    ['--proxy nonsense', 'bad-option', { proxy: 'http://' }],
    ['-m with two addresses', 'bad-option', { mirror: [LINK] }, [LINK, LINK]],
    ['-m that is no link', 'not-a-link', { mirror: [LINK, 'word'] }],
    ['-m of another scheme', 'scheme-unsupported', { mirror: ['ftp://h/a'] }],
    ['-m too often', 'bad-option', { mirror: Array(257).fill(LINK) }],
    ['a word', 'not-a-link', {}, ['word']],
    ['one bad address among good ones', 'not-a-link', {}, [LINK, 'word']],
    ['ftp', 'scheme-unsupported', {}, ['ftp://h/a']],
    ['seed without a name', 'not-a-link', {}, ['seed:///']],
    ['--ports', 'bad-option', { ports: '1-99999' }],
    ['a hub without a file', 'bad-option', {}, ['hub://h:1/a']],
    ['ipfs', 'not-a-link', {}, ['ipfs://bafy']],
  ];
  for (const [what, code, options, addresses, listText] of refused) {
    it(`refuses ${what} as ${code}`, () => assert.throws(() => plan(options, addresses, listText), { code }));
  }

  it('does not repeat the password of a proxy that it refuses', () => {
    assert.throws(
      () => plan({ proxy: 'socks5://me:s3cret@h:1' }),
      (error: Error) => !error.message.includes('s3cret'),
    );
  });
});
