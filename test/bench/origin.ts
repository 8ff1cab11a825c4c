import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endChild } from '../support/endChild.ts';
import { freePort } from '../support/freePort.ts';
import type { Scope } from '../support/scope.ts';
import { testCertificates } from '../support/servers/certificates.ts';
import { waitForPort } from '../support/waitForPort.ts';
import { MIB } from './units.ts';

/** What each connection of the capped server gets. */
export const CAP_BYTES_PER_SECOND = 4 * MIB;

/** What each connection of the slow mirror gets. */
export const SLOW_CAP_BYTES_PER_SECOND = 200 * 1024;

/**
 * One nginx for all scenarios: static files by sendfile, two workers. Below `/copies/<n>-<name>` every number is the same
 * file under another name; `/crawl/` gives 1 KB/s; `/sparse/` is a folder on a real disk.
 */
export interface Origin {
  readonly plain: string;
  readonly tls: string;
  /** Each connection is held to `CAP_BYTES_PER_SECOND`. */
  readonly capped: string;
  /** Each connection is held to `SLOW_CAP_BYTES_PER_SECOND`. */
  readonly slow: string;
  /** PEM file of the authority that vouches for `tls`. */
  readonly caFile: string;
  /** Body bytes that the capped server has sent so far, by path, over finished requests. */
  cappedBytes(): ReadonlyMap<string, number>;
}

export interface OriginFolders {
  readonly home: string;
  readonly served: string;
  readonly sparse: string;
}

/** @param nginx the program */
export async function startOrigin(scope: Scope, nginx: string, folders: OriginFolders): Promise<Origin> {
  const home = join(folders.home, 'nginx');
  mkdirSync(home);
  const { caFile, good } = testCertificates(scope);
  writeFileSync(join(home, 'key.pem'), good.key, { mode: 0o600 });
  writeFileSync(join(home, 'cert.pem'), good.cert);
  const [plain, tls, capped, slow] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const log = join(home, 'capped.log');
  const places = `root "${folders.served}";
    location /sparse/ { alias "${folders.sparse}/"; }
    location /crawl/ { alias "${folders.served}/"; limit_rate 1000; }
    location ~ ^/copies/\\d+-(.+)$ { alias "${folders.served}/$1"; }`;
  writeFileSync(
    join(home, 'nginx.conf'),
    `${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 2;
pid ${home}/nginx.pid;
error_log ${home}/error.log;
events { worker_connections 1024; }
http {
  log_format bytes '$uri $body_bytes_sent';
  access_log off;
  client_body_temp_path ${home}/body; proxy_temp_path ${home}/proxy; fastcgi_temp_path ${home}/fastcgi;
  uwsgi_temp_path ${home}/uwsgi; scgi_temp_path ${home}/scgi;
  sendfile on;
  tcp_nopush on;
  server {
    listen 127.0.0.1:${plain};
    ${places}
  }
  server {
    listen 127.0.0.1:${tls} ssl;
    ssl_certificate ${home}/cert.pem;
    ssl_certificate_key ${home}/key.pem;
    ${places}
  }
  server {
    listen 127.0.0.1:${capped};
    limit_rate ${CAP_BYTES_PER_SECOND};
    access_log ${log} bytes;
    ${places}
  }
  server {
    listen 127.0.0.1:${slow};
    limit_rate ${SLOW_CAP_BYTES_PER_SECOND};
    ${places}
  }
}
`,
  );
  const args = ['-p', home, '-c', join(home, 'nginx.conf'), '-e', join(home, 'error.log'), '-g', 'daemon off;'];
  const child = spawn(nginx, args, { stdio: 'ignore' });
  scope.defer(() => endChild(child));
  // An interrupted bench does not get to close its scope.
  process.once('exit', () => child.kill());
  await waitForPort(capped, child);
  return {
    plain: `http://127.0.0.1:${plain}`,
    tls: `https://127.0.0.1:${tls}`,
    capped: `http://127.0.0.1:${capped}`,
    slow: `http://127.0.0.1:${slow}`,
    caFile,
    cappedBytes: () => sumByPath(existsSync(log) ? readFileSync(log, 'utf8') : ''),
  };
}

function sumByPath(log: string): Map<string, number> {
  const sums = new Map<string, number>();
  for (const line of log.split('\n').filter(Boolean)) {
    const [path = '', bytes] = line.split(' ');
    sums.set(path, (sums.get(path) ?? 0) + Number(bytes));
  }
  return sums;
}
