import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Scope } from '../scope.ts';
import { tempFolder } from '../tempFolder.ts';

interface Identity {
  readonly key: string;
  readonly cert: string;
}

/** A certificate authority that exists for one test run, and what it signed. */
export interface Certificates {
  /** PEM file of the authority, for `--ca`. */
  readonly caFile: string;
  /** For localhost, 127.0.0.1, ::1 and xn--bcher-kva.localhost. */
  readonly good: Identity;
  /** For a name that no test uses. */
  readonly otherName: Identity;
  /** Not valid any more. */
  readonly expired: Identity;
  /** For localhost, signed by no authority. */
  readonly selfSigned: Identity;
}

let made: (Omit<Certificates, 'caFile'> & { readonly ca: string }) | undefined;

/** Made once per process; the authority's file goes away with the scope. */
export function testCertificates(scope: Scope): Certificates {
  made ??= makeCertificates();
  const caFile = join(tempFolder(scope), 'ca.pem');
  writeFileSync(caFile, made.ca);
  return { ...made, caFile };
}

function makeCertificates(): NonNullable<typeof made> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-test-'));
  try {
    return makeIn(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function makeIn(folder: string): NonNullable<typeof made> {
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '2',
    '-subj',
    '/CN=Test authority',
  );

  const read = (name: string): Identity => ({
    key: readFileSync(join(folder, `${name}.key`), 'utf8'),
    cert: readFileSync(join(folder, `${name}.pem`), 'utf8'),
  });
  const issue = (name: string, altNames: string, dates: readonly string[]): Identity => {
    openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${altNames}\n`);
    // `openssl ca` is the one subcommand of every OpenSSL 3 that can put the end into the past.
    writeFileSync(join(folder, 'index.txt'), '');
    writeFileSync(join(folder, 'ca.conf'), CA_CONFIG);
    const signing = ['-config', 'ca.conf', '-batch', '-notext', '-create_serial', '-extfile', `${name}.ext`];
    openssl('ca', ...signing, ...dates, '-in', `${name}.csr`, '-out', `${name}.pem`);
    return read(name);
  };
  openssl('req', '-x509', ...newKey, '-keyout', 'self.key', '-out', 'self.pem', '-days', '2', '-subj', '/CN=localhost');
  return {
    ca: readFileSync(join(folder, 'ca.pem'), 'utf8'),
    good: issue('localhost', 'DNS:localhost,DNS:xn--bcher-kva.localhost,IP:127.0.0.1,IP:::1', ['-days', '2']),
    otherName: issue('elsewhere', 'DNS:elsewhere.invalid', ['-days', '2']),
    expired: issue('expired', 'DNS:localhost,IP:127.0.0.1', [
      '-startdate',
      '20200101000000Z',
      '-enddate',
      '20200201000000Z',
    ]),
    selfSigned: read('self'),
  };
}

const CA_CONFIG = `[ca]
default_ca = test
[test]
database = index.txt
serial = serial
new_certs_dir = .
certificate = ca.pem
private_key = ca.key
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
`;
