import { ERRORS, type ErrorArgs, type ErrorCode, TributaryError } from '../../contract/errors.ts';

/** Reasons for which OpenSSL or BoringSSL refuses a certificate, in words. */
const UNTRUSTED: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its authority is unknown',
  UNABLE_TO_GET_ISSUER_CERT: 'its authority is unknown',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its authority is unknown',
  SELF_SIGNED_CERT_IN_CHAIN: 'its authority is unknown',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is self-signed',
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  CERT_REVOKED: 'it was revoked',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it was made for another host',
  HOSTNAME_MISMATCH: 'it was made for another host',
  INVALID_PURPOSE: 'it was made for another purpose',
  INVALID_CA: 'one that signed it is no authority',
};

const CODES: Readonly<Record<string, ErrorCode>> = {
  ENOTFOUND: 'dns-failed',
  EAI_AGAIN: 'dns-failed',
  ENODATA: 'dns-failed',
  ECONNREFUSED: 'connection-refused',
  ECONNRESET: 'connection-lost',
  EPIPE: 'connection-lost',
  ECONNABORTED: 'connection-lost',
  ETIMEDOUT: 'connect-timeout',
  ERR_SOCKET_CONNECTION_TIMEOUT: 'connect-timeout',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETDOWN: 'unreachable',
};

/** Completes "The proxy did not pass the request on: ...". */
const PROXY_REASONS: Partial<Record<ErrorCode, string>> = {
  'dns-failed': 'it cannot be reached',
  'connection-refused': 'it cannot be reached',
  unreachable: 'it cannot be reached',
  'connect-timeout': 'it did not answer in time',
  'connection-lost': 'it closed the connection',
  'bad-response': 'its answer makes no sense',
};

/**
 * What a failed connection means.
 * @param host whose connection it was, as messages show it
 */
export function toNetworkError(error: unknown, host: string): TributaryError {
  if (error instanceof TributaryError) return withHost(error, host);
  const first = firstCause(error);
  const code = first.code ?? '';
  const make = (kind: ErrorCode, args: ErrorArgs = {}): TributaryError =>
    new TributaryError(kind, { host, ...args }, { cause: error });

  const untrusted = UNTRUSTED[code] ?? (code.startsWith('CERT_') ? code : undefined);
  if (untrusted !== undefined) return make('tls-untrusted', { reason: untrusted });
  if (code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') || code === 'EPROTO') {
    return make('tls-failed', {
      reason: code === 'ERR_SSL_WRONG_VERSION_NUMBER' ? 'it does not speak TLS on this port' : code,
    });
  }
  // A header that cannot be sent, say: asking again would not help.
  if (code.startsWith('ERR_INVALID_') || code.startsWith('ERR_HTTP2_INVALID_HEADER'))
    return make('internal', { reason: first.message });
  return make(CODES[code] ?? 'connection-lost');
}

/**
 * What a failure on the way to a proxy, or of the proxy itself, means: the origin was not reached yet. Trouble with the
 * certificate of a proxy has the codes of any certificate and names the proxy as its host.
 * @param proxy host and port, without its credentials
 */
export function toProxyError(error: unknown, proxy: string): TributaryError {
  if (error instanceof TributaryError && 'proxy' in error.args) return error;
  const failure = toNetworkError(error, proxy);
  const reason = PROXY_REASONS[failure.code];
  if (reason === undefined) return failure;
  const more = failure.code === 'bad-response' ? `${reason} (${failure.args.reason})` : reason;
  return new TributaryError('proxy-failed', { proxy, reason: more }, { cause: error });
}

/** A connection knows what went wrong with it, but not whose it is. */
function withHost(error: TributaryError, host: string): TributaryError {
  if (ERRORS[error.code].category !== 'network' || 'host' in error.args) return error;
  return new TributaryError(error.code, { host, ...error.args }, { cause: error });
}

/** Both address families may have been tried, and an error may wrap what the socket said. */
function firstCause(error: unknown): { code?: string; message: string } {
  if (error instanceof AggregateError && error.errors.length > 0) return firstCause(error.errors[0]);
  const {
    code,
    message = String(error),
    cause,
  } = (error ?? {}) as Partial<NodeJS.ErrnoException> & { cause?: unknown };
  const known = code !== undefined && code in CODES;
  if (!known && cause instanceof Error) return firstCause(cause);
  return { ...(code === undefined ? {} : { code }), message };
}
