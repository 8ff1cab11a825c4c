import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endChild } from '../endChild.ts';
import { freePort } from '../freePort.ts';
import type { Scope } from '../scope.ts';
import { tempFolder } from '../tempFolder.ts';
import { waitForPort } from '../waitForPort.ts';

const NGINX = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/opt/homebrew/bin/nginx'].find((path) => existsSync(path));

/** Null when nginx is installed; tests that skip state this reason. */
export function whyNoNginx(): string | null {
  return NGINX === undefined ? 'nginx is not installed (Debian package nginx-light)' : null;
}

export interface Nginx {
  readonly origin: string;
  /** Files put here are served. */
  readonly folder: string;
  /** Finished requests: `<method> <path> <status> <body bytes> <range or ->`. */
  accessLog(): readonly string[];
}

/** The real thing, in the foreground, on a loopback port. */
export async function startNginx(
  scope: Scope,
  options: { readonly bytesPerSecondPerConnection?: number; readonly folder?: string; readonly workers?: number } = {},
): Promise<Nginx> {
  if (NGINX === undefined) throw new Error(whyNoNginx() ?? '');
  const home = tempFolder(scope);
  const folder = options.folder ?? join(home, 'files');
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const rate = options.bytesPerSecondPerConnection;
  writeFileSync(
    join(home, 'nginx.conf'),
    `${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes ${options.workers ?? 1};
pid ${home}/nginx.pid;
error_log ${home}/error.log;
events { worker_connections 512; }
http {
  log_format plain '$request_method $uri $status $body_bytes_sent $http_range';
  access_log ${home}/access.log plain;
  client_body_temp_path ${home}/body; proxy_temp_path ${home}/proxy; fastcgi_temp_path ${home}/fastcgi;
  uwsgi_temp_path ${home}/uwsgi; scgi_temp_path ${home}/scgi;
  sendfile on;
  server {
    listen 127.0.0.1:${port};
    root "${folder}";
    ${rate === undefined ? '' : `limit_rate ${rate};`}
  }
}
`,
  );
  const child = spawn(
    NGINX,
    ['-p', home, '-c', join(home, 'nginx.conf'), '-e', join(home, 'error.log'), '-g', 'daemon off;'],
    {
      stdio: 'ignore',
    },
  );
  scope.defer(() => endChild(child));
  await waitForPort(port, child);
  return {
    origin: `http://127.0.0.1:${port}`,
    folder,
    accessLog: () => readFileSync(join(home, 'access.log'), 'utf8').split('\n').filter(Boolean),
  };
}
