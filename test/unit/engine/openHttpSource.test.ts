import assert from 'node:assert/strict';
import { parseAddress } from '../../../src/engine/intake/address.ts';
import { HttpClient } from '../../../src/engine/net/httpClient.ts';
import { DEFAULT_TIMEOUTS } from '../../../src/engine/net/httpLimits.ts';
import { type OpenHttpSourceInit, openHttpSource } from '../../../src/engine/openHttpSource.ts';
import type { Source } from '../../../src/engine/sources/source.ts';
import { useScope } from '../../support/scope.ts';
import { startRawServer } from '../../support/servers/rawServer.ts';
import { assertCode, thrown } from './assertCode.ts';

const signal = new AbortController().signal;
const BASIC = `authorization: basic ${Buffer.from('u:p').toString('base64')}`.toLowerCase();

describe('openHttpSource', () => {
  const scope = useScope();

  function open(init: Partial<Omit<OpenHttpSourceInit, 'address'>> & { link: string }): Source {
    const client = new HttpClient({ env: {} }, { timeouts: DEFAULT_TIMEOUTS });
    scope.defer(() => client.close());
    const { link, ...more } = init;
    const address = parseAddress(link);
    const source = openHttpSource(client, { address, headersFor: link, headers: {}, userAgent: 'test', ...more });
    scope.defer(() => source.close());
    return source;
  }

  /** The head of the first request that the source sends, in lower case. */
  async function headOf(
    init: (origin: string) => Partial<Omit<OpenHttpSourceInit, 'address'>> & { link: string },
  ): Promise<string> {
    let seen = '';
    const { origin } = await startRawServer(scope, (socket, head) => {
      seen = head.toLowerCase();
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    });
    await open(init(origin)).describe({ signal });
    return seen;
  }

  it('sends what the user gave to the origin it was given for', async () => {
    const head = await headOf((origin) => ({
      link: `${origin}/f`,
      headersFor: `${origin}/other`,
      headers: { Cookie: 'c=1' },
    }));
    assert.match(head, /cookie: c=1/);
  });

  it('sends it to no other origin, not even to another port of the same host', async () => {
    const head = await headOf((origin) => ({
      link: `${origin}/f`,
      headersFor: 'http://127.0.0.1:1/f',
      headers: { Cookie: 'c=1', Authorization: 'Bearer x' },
    }));
    assert.doesNotMatch(head, /cookie|authorization/);
  });

  it('sends the user info of the link itself', async () => {
    const head = await headOf((origin) => ({
      link: origin.replace('//', '//u:p@'),
      headersFor: 'http://127.0.0.1:1/f',
    }));
    assert.ok(head.includes(BASIC), head);
  });

  it("sends no user info of the task's link to a mirror", async () => {
    const head = await headOf((origin) => ({ link: `${origin}/f`, headersFor: origin.replace('//', '//u:p@') }));
    assert.doesNotMatch(head, /authorization/);
  });

  it("lets the user's own Authorization header win over the link's", async () => {
    const head = await headOf((origin) => ({
      link: origin.replace('//', '//u:p@'),
      headersFor: origin,
      headers: { AUTHORIZATION: 'Bearer x' },
    }));
    assert.match(head, /authorization: bearer x/);
    assert.ok(!head.includes(BASIC));
  });

  it('recognises a link by a key that tells nothing of it, and shows neither query nor user info', () => {
    const source = open({ link: 'https://u:hush@example.com/f?token=hush' });
    assert.match(source.key, /^[0-9a-f]{64}$/);
    assert.deepEqual([source.address, source.peer], ['https://example.com/f', 'https://example.com']);
    assert.equal(open({ link: 'https://example.com/f?token=hush' }).key, source.key);
    assert.notEqual(open({ link: 'https://example.com/f?token=other' }).key, source.key);
  });

  it('refuses what is no link, and headers that are none', () => {
    const link = 'https://example.com/f';
    assertCode(
      thrown(() => open({ link: 'f' })),
      'not-a-link',
    );
    assertCode(
      thrown(() => open({ link, headers: { 'a b': 'c' } })),
      'bad-header',
    );
  });
});
