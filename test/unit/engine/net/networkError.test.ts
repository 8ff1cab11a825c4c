import assert from 'node:assert/strict';
import { type ErrorCode, TributaryError } from '../../../../src/contract/errors.ts';
import { toNetworkError, toProxyError } from '../../../../src/engine/net/networkError.ts';
import { assertPlainError } from '../../../support/assertPlainError.ts';

function coded(code: string, message = 'x', cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { code });
}

const direct = 'example.com:81';

describe('toNetworkError', () => {
  const cases: [code: string, is: ErrorCode][] = [
    ['ENOTFOUND', 'dns-failed'],
    ['EAI_AGAIN', 'dns-failed'],
    ['ECONNREFUSED', 'connection-refused'],
    ['ECONNRESET', 'connection-lost'],
    ['EPIPE', 'connection-lost'],
    ['ETIMEDOUT', 'connect-timeout'],
    ['ERR_SOCKET_CONNECTION_TIMEOUT', 'connect-timeout'],
    ['EHOSTUNREACH', 'unreachable'],
    ['ENETUNREACH', 'unreachable'],
    ['CERT_HAS_EXPIRED', 'tls-untrusted'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls-untrusted'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls-untrusted'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls-untrusted'],
    ['CERT_UNTRUSTED', 'tls-untrusted'],
    ['CERT_SIGNATURE_FAILURE', 'tls-untrusted'],
    ['INVALID_PURPOSE', 'tls-untrusted'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls-failed'],
    ['EPROTO', 'tls-failed'],
    ['ERR_HTTP2_STREAM_ERROR', 'connection-lost'],
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
    const wrapped = coded('ERR_HTTP2_STREAM_ERROR', 'closed', coded('ECONNREFUSED'));
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
});

describe('toProxyError', () => {
  const proxy = 'proxy:3128';
  const cases: [code: string, reason: string][] = [
    ['ENOTFOUND', 'it cannot be reached'],
    ['EAI_AGAIN', 'it cannot be reached'],
    ['ECONNREFUSED', 'it cannot be reached'],
    ['EHOSTUNREACH', 'it cannot be reached'],
    ['ETIMEDOUT', 'it did not answer in time'],
    ['ECONNRESET', 'it closed the connection'],
    ['WHATEVER', 'it closed the connection'],
  ];
  for (const [code, reason] of cases) {
    it(`${code}: the proxy failed, since ${reason}`, () => {
      assertPlainError(toProxyError(coded(code), proxy), 'proxy-failed', proxy, reason);
    });
  }

  it('says what makes no sense in the answer', () => {
    const odd = new TributaryError('bad-response', { reason: 'its head is too long' });
    assertPlainError(
      toProxyError(odd, proxy),
      'proxy-failed',
      proxy,
      'its answer makes no sense (its head is too long)',
    );
  });

  it('names the proxy as the host whose certificate is not trusted', () => {
    assertPlainError(toProxyError(coded('CERT_HAS_EXPIRED'), proxy), 'tls-untrusted', proxy, 'expired');
    assertPlainError(toProxyError(coded('ERR_SSL_WRONG_VERSION_NUMBER'), proxy), 'tls-failed', proxy);
  });

  it('keeps what was said about the proxy already', () => {
    const known = new TributaryError('proxy-auth-required', { proxy });
    assert.equal(toProxyError(known, proxy), known);
  });
});
