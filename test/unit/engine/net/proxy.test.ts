import assert from 'node:assert/strict';
import { DEFAULT_NETWORK, type NetworkSettings } from '../../../../src/contract/settings.ts';
import { chooseProxy, type Environment } from '../../../../src/engine/net/proxy.ts';

const PROXY = 'http://proxy:3128';

function choose(link: string, env: Environment, settings: Partial<NetworkSettings> = {}): string | null {
  return chooseProxy(new URL(link), { ...DEFAULT_NETWORK, ...settings }, env);
}

describe('chooseProxy: the environment', () => {
  const cases: [what: string, link: string, env: Environment, proxy: string | null][] = [
    ['none', 'http://h/', {}, null],
    ['by scheme, http', 'http://h/', { http_proxy: 'http://a', https_proxy: 'http://b' }, 'http://a'],
    ['by scheme, https', 'https://h/', { http_proxy: 'http://a', https_proxy: 'http://b' }, 'http://b'],
    ['not that of the other scheme', 'https://h/', { http_proxy: 'http://a' }, null],
    ['upper case', 'https://h/', { HTTPS_PROXY: 'http://a' }, 'http://a'],
    ['lower case wins', 'https://h/', { HTTPS_PROXY: 'http://a', https_proxy: 'http://b' }, 'http://b'],
    ['all_proxy for the rest', 'https://h/', { ALL_PROXY: 'http://a' }, 'http://a'],
    ['the scheme before all_proxy', 'https://h/', { ALL_PROXY: 'http://a', HTTPS_PROXY: 'http://b' }, 'http://b'],
    ['empty is none', 'https://h/', { HTTPS_PROXY: ' ' }, null],
    ['without a scheme it is http', 'https://h/', { HTTPS_PROXY: 'proxy:3128' }, 'http://proxy:3128'],
    ['with credentials', 'https://h/', { HTTPS_PROXY: 'u:p@proxy:3128' }, 'http://u:p@proxy:3128'],
    ['socks is left to whoever refuses it', 'https://h/', { ALL_PROXY: 'socks5://s:1080' }, 'socks5://s:1080'],
    ['white space around it', 'https://h/', { HTTPS_PROXY: ' http://a\n' }, 'http://a'],
  ];
  for (const [what, link, env, proxy] of cases) {
    it(what, () => assert.equal(choose(link, env), proxy));
  }
});

describe("chooseProxy: VS Code's settings", () => {
  const env = { HTTPS_PROXY: 'http://env', HTTP_PROXY: 'http://env' };
  const cases: [what: string, settings: Partial<NetworkSettings>, env: Environment, proxy: string | null][] = [
    ['off is off', { proxySupport: 'off', proxy: PROXY }, env, null],
    ['on: http.proxy wins', { proxySupport: 'on', proxy: PROXY }, env, PROXY],
    ['on: the environment without http.proxy', { proxySupport: 'on' }, env, 'http://env'],
    ['override: http.proxy wins', { proxySupport: 'override', proxy: PROXY }, env, PROXY],
    ['fallback: the environment wins', { proxySupport: 'fallback', proxy: PROXY }, env, 'http://env'],
    ['fallback: http.proxy without an environment', { proxySupport: 'fallback', proxy: PROXY }, {}, PROXY],
    ['blank is none', { proxySupport: 'override', proxy: ' ' }, {}, null],
    ['http.noProxy', { proxy: PROXY, noProxy: ['other', 'h'] }, env, null],
    ['NO_PROXY beside http.noProxy', { proxy: PROXY, noProxy: ['other'] }, { NO_PROXY: 'h' }, null],
    ['http.noProxy of others', { proxy: PROXY, noProxy: ['other'] }, {}, PROXY],
  ];
  for (const [what, settings, environment, proxy] of cases) {
    it(what, () => assert.equal(choose('https://h/', environment, settings), proxy));
  }
});

describe('chooseProxy: NO_PROXY', () => {
  const cases: [rules: string, link: string, direct: boolean][] = [
    ['*', 'http://any.example/', true],
    ['example.com', 'http://example.com/', true],
    ['example.com', 'http://EXAMPLE.com/', true],
    ['Example.COM', 'http://example.com/', true],
    ['example.com', 'http://a.b.example.com/', true],
    ['example.com', 'http://notexample.com/', false],
    ['example.com', 'http://example.com.evil.example/', false],
    ['example.com', 'http://example.org/', false],
    ['.example.com', 'http://a.example.com/', true],
    ['.example.com', 'http://example.com/', true],
    ['.example.com', 'http://notexample.com/', false],
    ['*.example.com', 'http://a.example.com/', true],
    ['*.example.com', 'http://notexample.com/', false],
    ['a.example.com', 'http://example.com/', false],
    ['example.com:8080', 'http://example.com:8080/', true],
    ['example.com:8080', 'http://example.com/', false],
    ['example.com:80', 'http://example.com/', true],
    ['example.com:443', 'https://example.com/', true],
    ['example.com:443', 'http://example.com/', false],
    ['127.0.0.1', 'http://127.0.0.1:8080/', true],
    ['127.0.0.1:8080', 'http://127.0.0.1:8080/', true],
    ['127.0.0.1', 'http://127.0.0.11/', false],
    ['::1', 'http://[::1]:8080/', true],
    ['[::1]', 'http://[::1]:8080/', true],
    ['[::1]:8080', 'http://[::1]:8080/', true],
    ['[::1]:8080', 'http://[::1]:8081/', false],
    ['2001:DB8::1', 'http://[2001:db8::1]/', true],
    ['2001:db8::1', 'http://[2001:db8::2]/', false],
    ['a, b ,example.com', 'http://example.com/', true],
    ['a b example.com', 'http://example.com/', true],
    [',, ,', 'http://example.com/', false],
    ['.', 'http://example.com/', false],
    ['localhost', 'http://localhost:3000/', true],
    ['localhost', 'http://127.0.0.1/', false],
    // One rule of a network never stands for another's address that ends alike.
    ['3.4', 'http://1.2.3.4/', false],
  ];
  for (const [rules, link, direct] of cases) {
    it(`"${rules}" ${direct ? 'spares' : 'does not spare'} ${link}`, () => {
      const env = { http_proxy: PROXY, https_proxy: PROXY };
      assert.equal(choose(link, { ...env, no_proxy: rules }), direct ? null : PROXY);
      assert.equal(choose(link, { ...env, NO_PROXY: rules }), direct ? null : PROXY);
    });
  }
});
