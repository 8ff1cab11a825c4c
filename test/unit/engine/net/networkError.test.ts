import assert from 'node:assert/strict';
import { type ErrorCode, TributaryError } from '../../../../src/contract/errors.ts';
import { toNetworkError } from '../../../../src/engine/net/networkError.ts';
import { assertPlainError } from '../../../support/assertPlainError.ts';

function coded(code: string, message = 'x', cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { code });
}

const direct = { host: 'example.com:81', proxy: null };
const proxied = { host: 'example.com:81', proxy: 'proxy:3128' };

describe('toNetworkError', () => {
  const cases: [code: string, is: ErrorCode][] = [
    ['ENOTFOUND', 'dns-failed'],
    ['EAI_AGAIN', 'dns-failed'],
    ['ECONNREFUSED', 'connection-refused'],
    ['ECONNRESET', 'connection-lost'],
    ['EPIPE', 'connection-lost'],
    ['ETIMEDOUT', 'connect-timeout'],
    ['EHOSTUNREACH', 'unreachable'],
    ['ENETUNREACH', 'unreachable'],
    ['UND_ERR_CONNECT_TIMEOUT', 'connect-timeout'],
    ['UND_ERR_HEADERS_TIMEOUT', 'first-byte-timeout'],
    ['UND_ERR_BODY_TIMEOUT', 'idle-timeout'],
    ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'incomplete-body'],
    ['UND_ERR_HEADERS_OVERFLOW', 'bad-response'],
    ['HPE_INVALID_CONSTANT', 'bad-response'],
    ['CERT_HAS_EXPIRED', 'tls-untrusted'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls-untrusted'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls-untrusted'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls-untrusted'],
    ['CERT_UNTRUSTED', 'tls-untrusted'],
    ['CERT_SIGNATURE_FAILURE', 'tls-untrusted'],
    ['INVALID_PURPOSE', 'tls-untrusted'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls-failed'],
    ['EPROTO', 'tls-failed'],
    ['WHATEVER', 'connection-lost'],
  ];
  for (const [code, is] of cases) {
    it(`${code} is ${is}, in a plain sentence that names the host`, () => {
      assertPlainError(toNetworkError(coded(code), direct), is, 'example.com:81');
    });
  }

  it('finds the cause that another error wraps', () => {
    assert.equal(
      toNetworkError(new TypeError('fetch failed', { cause: coded('ENOTFOUND') }), direct).code,
      'dns-failed',
    );
    const wrapped = coded('UND_ERR_SOCKET', 'other side closed', coded('ECONNREFUSED'));
    assert.equal(toNetworkError(wrapped, direct).code, 'connection-refused');
  });

  it('finds the first of several, as when two address families were tried', () => {
    const all = new AggregateError([coded('ECONNREFUSED'), coded('ENETUNREACH')]);
    assert.equal(toNetworkError(all, direct).code, 'connection-refused');
    assert.equal(toNetworkError(new AggregateError([]), direct).code, 'connection-lost');
  });

  for (const odd of [undefined, null, 'text', 7]) {
    it(`takes ${JSON.stringify(odd) ?? 'undefined'} for an error, too`, () => {
      assert.equal(toNetworkError(odd, direct).code, 'connection-lost');
    });
  }

  it('keeps what it knows already, and adds whose connection it was', () => {
    const known = new TributaryError('idle-timeout');
    assert.deepEqual(toNetworkError(known, direct).toInfo(), {
      code: 'idle-timeout',
      args: { host: 'example.com:81' },
    });
    const whole = new TributaryError('not-found', { host: 'other', status: 404 });
    assert.equal(toNetworkError(whole, direct), whole);
    const disk = new TributaryError('disk-full', { path: '/x' });
    assert.equal(toNetworkError(disk, direct), disk);
  });

  it('tells a failure of the proxy from one of the server', () => {
    for (const code of ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT']) {
      assertPlainError(toNetworkError(coded(code), proxied), 'proxy-failed', 'proxy:3128');
    }
    const refused = coded('UND_ERR_ABORTED', 'Proxy response (502) !== 200 when HTTP Tunneling');
    assertPlainError(toNetworkError(refused, proxied), 'proxy-failed', 'proxy:3128', '502');
    const asks = coded('UND_ERR_ABORTED', 'Proxy response (407) !== 200 when HTTP Tunneling');
    assertPlainError(toNetworkError(asks, proxied), 'proxy-auth-required', 'proxy:3128');
    assert.equal(toNetworkError(coded('ECONNRESET'), proxied).code, 'connection-lost');
    assert.equal(toNetworkError(coded('CERT_HAS_EXPIRED'), proxied).code, 'tls-untrusted');
  });
});
