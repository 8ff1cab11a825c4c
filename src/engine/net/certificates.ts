import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { TributaryError } from '../../contract/errors.ts';

/** Where Linux and BSD distributions keep the system's authorities, for a Node that cannot ask the system itself. */
const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

const contexts = new Map<string | null, tls.SecureContext>();

/**
 * Trusts the system's authorities, Node's own, NODE_EXTRA_CA_CERTS, and those of `caFile`. Made once and shared by all
 * connections: a context of its own for each would parse some 300 certificates every time (about 20 ms).
 * @throws TributaryError `bad-option` when the file cannot be read
 */
export function trustedContext(caFile: string | null): tls.SecureContext {
  const known = contexts.get(caFile);
  if (known !== undefined) return known;
  const extra = caFile === null ? [] : [readCaFile(caFile)];
  const made = tls.createSecureContext({ ca: [...knownAuthorities(), ...extra] });
  contexts.set(caFile, made);
  return made;
}

/**
 * Whether a file can be trusted later, without the time that reading all authorities takes.
 * @throws TributaryError `bad-option` when it holds no certificate
 */
export function checkCaFile(path: string): void {
  readCaFile(path);
}

/** PEM texts; a text may hold several certificates. */
function knownAuthorities(): string[] {
  if ('getCACertificates' in tls) {
    const { getCACertificates } = tls;
    return [...getCACertificates('bundled'), ...getCACertificates('system'), ...getCACertificates('extra')];
  }
  // Node 20, which the command line still runs on.
  const { SSL_CERT_FILE, NODE_EXTRA_CA_CERTS } = process.env;
  const system = [SSL_CERT_FILE, ...SYSTEM_BUNDLES].map(readPem).find((text) => text !== null);
  return [...(tls as typeof import('node:tls')).rootCertificates, system, readPem(NODE_EXTRA_CA_CERTS)].filter(
    (text) => typeof text === 'string',
  );
}

function readCaFile(path: string): string {
  const text = readPem(path);
  if (text === null)
    throw new TributaryError('bad-option', { what: `The file ${path} holds no certificate in PEM form.` });
  return text;
}

/** Null when there is no such file, or no certificate in it. */
function readPem(path: string | undefined): string | null {
  if (path === undefined || path === '') return null;
  try {
    const text = readFileSync(path, 'utf8');
    return text.includes('-----BEGIN CERTIFICATE-----') ? text : null;
  } catch {
    return null;
  }
}
