/**
 * Every failure that crosses a process, once. A code is stable and is what programs match on; the message is what a
 * person reads. The engine sends `ErrorInfo` (code and values), the editor translates the template, the CLI prints it.
 */

/** Which exit status of the command line a failure belongs to (PROTOCOLS §4). */
export type ErrorCategory = 'internal' | 'usage' | 'network' | 'checksum' | 'disk' | 'safety';

interface ErrorEntry {
  readonly category: ErrorCategory;
  /** True when the same request may succeed later without anybody changing anything. */
  readonly transient: boolean;
  /** One sentence for a person; `{name}` is filled from `ErrorInfo.args`. */
  readonly message: string;
}

function entry(category: ErrorCategory, message: string, transient = false): ErrorEntry {
  return { category, transient, message };
}

export const ERRORS = {
  // What the user gave
  'not-a-link': entry('usage', '"{text}" is not a link; paste an address that starts with http:// or https://.'),
  'scheme-unsupported': entry('usage', 'Links of the kind "{scheme}:" cannot be downloaded; use http:// or https://.'),
  'bad-checksum': entry(
    'usage',
    '"{text}" is not a checksum; write it as sha256:<64 hex digits> (or sha1, sha512, md5).',
  ),
  'bad-option': entry('usage', '{what}'),
  'bad-header': entry('usage', '"{text}" is not a header; write it as "Name: value".'),
  'list-unreadable': entry('usage', 'The list {path} cannot be read: {reason}.'),

  // The way to the server
  'dns-failed': entry('network', 'The host {host} was not found; check the link and your connection.', true),
  'connection-refused': entry('network', '{host} refused the connection; check that the server is running.', true),
  'connection-lost': entry('network', 'The connection to {host} was lost.', true),
  unreachable: entry('network', '{host} cannot be reached from this machine.', true),
  'connect-timeout': entry('network', '{host} did not accept a connection in time.', true),
  'first-byte-timeout': entry('network', '{host} accepted the request but did not answer in time.', true),
  'idle-timeout': entry('network', '{host} stopped sending.', true),
  'tls-untrusted': entry(
    'network',
    'The certificate of {host} is not trusted ({reason}); add its authority to the system certificates or give it with --ca.',
  ),
  'tls-failed': entry('network', 'No secure connection to {host} could be made: {reason}.'),
  'proxy-failed': entry('network', 'The proxy {proxy} did not pass the request on: {reason}.', true),
  'proxy-refused': entry('network', 'The proxy {proxy} does not allow connections to {host} (HTTP {status}).'),
  'proxy-auth-required': entry('network', 'The proxy {proxy} asks for a user name and password.'),
  'proxy-unsupported': entry(
    'network',
    'The proxy {proxy} cannot be used; only http:// and https:// proxies are supported.',
  ),

  // What the server answered
  'too-many-redirects': entry('network', '{host} redirected more than {limit} times.'),
  'redirect-loop': entry('network', '{host} redirects in a circle: {chain}.'),
  'redirect-refused': entry('safety', 'The redirect from {from} to {to} was not followed because it is not safe.'),
  'auth-required': entry('network', '{host} asks for a user name and password (HTTP {status}).'),
  forbidden: entry('network', '{host} does not allow this download (HTTP {status}).'),
  'not-found': entry('network', 'The file is not on {host} (HTTP {status}); check the link.'),
  'http-status': entry('network', '{host} answered with HTTP {status}.'),
  'server-busy': entry('network', '{host} is busy (HTTP {status}).', true),
  'bad-response': entry('network', 'The answer of {host} makes no sense: {reason}.', true),
  'range-mismatch': entry('network', '{host} sent another part of the file than was asked for.', true),
  'range-ignored': entry('network', '{host} sent the whole file where a part was asked for.', true),
  'incomplete-body': entry('network', '{host} ended the transfer before the file was complete.', true),
  'file-changed': entry('network', 'The file changed on {host} since the download began; retry downloads it anew.'),
  'not-the-file': entry('network', '{host} sent a web page where a file was expected; you may have to log in first.'),
  'bad-metalink': entry('network', 'The Metalink file cannot be used: {reason}.'),
  'credentials-needed': entry(
    'network',
    'The password or private link for {host} is needed again; add the download once more.',
  ),

  'link-expired': entry(
    'network',
    '{host} no longer accepts the link (HTTP {status}); what is there is kept, replace the link by a fresh one to go on.',
  ),
  'mirror-unfit': entry('network', '{host} is not used as a mirror: {reason}.'),
  'wrong-content': entry('checksum', 'What {host} sends is not what the checksums of the file tell.'),

  // Servers of our own
  'port-in-use': entry('network', '{host}:{port} is used by another program already.'),
  'listen-failed': entry('network', 'Nothing can listen on {host}:{port}: {reason}.'),

  // Seeds
  'no-seed': entry('network', 'No seed offers "{name}" now ({reason}).', true),
  'not-a-seed': entry('network', 'What listens on {host} is no seed.'),
  'not-shared': entry('usage', '"{id}" is not shared.'),
  'seed-key-needed': entry(
    'network',
    'The seed {host} asks for its key, or for another one; give it in the address: seed://:<key>@{host}/<name>.',
  ),
  'seed-protocol': entry('network', 'The seed {host} is not used, because of its answer: {reason}.'),
  'seed-refused': entry('network', 'The seed {host} refused: {reason}.', true),
  'seed-without-file': entry('network', 'The seed {host} does not offer "{name}".'),

  // The share hub
  'hub-key-needed': entry('network', 'The hub {host} asks for its key, or for another one.'),
  'hub-file-gone': entry('network', 'The file is no longer on the hub {host}.'),
  'not-a-hub': entry('network', '{host} is not a share hub.'),
  'hub-refused': entry('network', 'The hub {host} refused: {reason}.'),
  'hub-busy': entry('network', 'The hub {host} cannot do that now: {reason}.', true),
  'unknown-hub': entry('usage', 'The hub {address} was not joined.'),
  'unknown-share': entry('usage', 'There is no upload "{id}".'),
  'hub-folder-busy': entry('disk', 'The folder {path} is used by another hub.'),
  'share-unreadable': entry('disk', '{path} cannot be shared: {reason}.'),
  'share-changed': entry('disk', '{path} changed while it was being shared; share it again.'),

  // Content by its hash
  'ipfs-unavailable': entry('network', 'Files cannot be fetched or shared over IPFS here: {reason}.'),
  'ipfs-no-provider': entry(
    'network',
    'Nobody who has {cid} was found; name a peer, a bootstrap node or a gateway that knows of it.',
    true,
  ),
  'ipfs-path-missing': entry('network', 'There is no "{path}" in {cid}.'),
  'ipfs-unsupported': entry('network', '{cid} cannot be downloaded: {what} is not supported.'),
  'bad-dag': entry('network', 'The blocks of {cid} make no sense: {reason}.'),
  'peer-unreachable': entry('network', 'The peer {peer} cannot be reached.', true),

  // The file on disk
  'disk-full': entry('disk', 'The disk that holds {path} is full; free some space and resume.'),
  'folder-unwritable': entry('disk', 'The folder {path} cannot be written to.'),
  'folder-missing': entry('disk', 'The folder {path} does not exist and could not be made: {reason}.'),
  'file-missing': entry('disk', 'The file {path} is no longer there.'),
  'file-exists': entry('disk', '{path} exists already and was left as it is.'),
  'disk-error': entry('disk', 'Writing to {path} failed: {reason}.'),
  'checksum-mismatch': entry(
    'checksum',
    'The checksum of {path} is wrong (expected {expected}, got {actual}); the file was kept as {kept}.',
  ),

  // The engine and its clients
  'bad-message': entry('internal', 'The engine did not understand a message: {reason}.'),
  'not-authenticated': entry('internal', 'The engine refused an unknown client.'),
  'version-mismatch': entry('internal', 'The running engine is of another version ({version}).'),
  'unknown-task': entry('usage', 'There is no download "{id}".'),
  'illegal-move': entry('usage', 'This is not possible while the download is {state}.'),
  'engine-not-running': entry('usage', 'No engine is running here.'),
  'engine-lost': entry('internal', 'The connection to the download engine was lost.', true),
  'engine-start-failed': entry('internal', 'The download engine did not start: {reason}.', true),
  'request-timeout': entry('internal', 'The download engine did not answer in time.', true),
  internal: entry('internal', 'Something went wrong inside Tributary: {reason}.'),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

export type ErrorArgs = Readonly<Record<string, string | number>>;

/** An error as it travels: no stack, no live objects, never a secret. */
export interface ErrorInfo {
  readonly code: ErrorCode;
  readonly args: ErrorArgs;
}

/** Replaces `{name}` by the value of that name; an unknown name stays as it is, so that a gap is seen. */
export function fillTemplate(template: string, args: ErrorArgs): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(args, name) ? String(args[name]) : whole,
  );
}

/** The English sentence of an error. */
export function describeError(info: ErrorInfo): string {
  return fillTemplate(ERRORS[info.code].message, info.args);
}

/** The one error class of the project. Match on `code`, since class identity is lost between processes. */
export class TributaryError extends Error implements ErrorInfo {
  readonly code: ErrorCode;
  readonly args: ErrorArgs;

  constructor(code: ErrorCode, args: ErrorArgs = {}, options?: { cause?: unknown }) {
    super(describeError({ code, args }), options);
    this.name = 'TributaryError';
    this.code = code;
    this.args = args;
  }

  /** What is loaded later, in a bundle of its own, has a class of its own as well: what looks like one of these is one. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === 'TributaryError' && isErrorInfo(value);
  }

  get transient(): boolean {
    return ERRORS[this.code].transient;
  }

  toInfo(): ErrorInfo {
    return { code: this.code, args: this.args };
  }
}

/** Any thrown value as a coded error; what is not ours becomes `internal` and keeps its cause for the log. */
export function toTributaryError(error: unknown): TributaryError {
  if (error instanceof TributaryError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new TributaryError('internal', { reason }, { cause: error });
}

export function isErrorInfo(value: unknown): value is ErrorInfo {
  return (
    typeof value === 'object' &&
    value !== null &&
    'code' in value &&
    typeof value.code === 'string' &&
    Object.hasOwn(ERRORS, value.code) &&
    'args' in value
  );
}
