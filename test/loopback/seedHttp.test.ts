import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { request as httpRequest } from 'node:http';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startBrowser } from '../support/browser.ts';
import { Content } from '../support/content.ts';
import { useScope } from '../support/scope.ts';
import { openSharing } from '../support/seeds/openSharing.ts';
import { rawAsk } from '../support/seeds/rawAsk.ts';
import { AWKWARD_FILES, writeAwkwardFiles } from '../support/seeds/seedFiles.ts';
import { sha256OfFile } from '../support/sha256OfFile.ts';
import { tempFolder } from '../support/tempFolder.ts';
import { waitFor } from '../support/waitFor.ts';

const MIB = 1 << 20;
const run = promisify(execFile);

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Buffer;
}

/** As `fetch`, but with any Host, any method and no judgement. */
function ask(
  origin: string,
  path: string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ hostname, port, path, agent: false, ...options }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
      );
    });
    sent.on('error', reject);
    sent.end();
  });
}

describe('the fast form of our seed', () => {
  const scope = useScope();

  it('lists its files, with their digests as soon as they are known', async () => {
    const folder = tempFolder(scope);
    writeAwkwardFiles(folder);
    const { origin } = await openSharing(scope, [folder]);
    const list = await waitFor('all digests', async () => {
      const { body } = await ask(origin, '/files');
      const files = JSON.parse(body.toString()) as {
        name: string;
        size: number;
        sha256: string | null;
        mtime: string;
      }[];
      return files.every(({ sha256 }) => sha256 !== null) && files;
    });
    assert.deepEqual(
      new Map(list.map(({ name, size }) => [name, size])),
      new Map([...AWKWARD_FILES].sort().map(([name, bytes]) => [name, bytes.length])),
    );
    for (const { name, sha256, mtime } of list) {
      assert.equal(sha256, await sha256OfFile(join(folder, name)));
      assert.ok(Math.abs(Date.parse(mtime) - Date.now()) < 60_000);
      const answer = await ask(origin, `/files/${encodeURIComponent(name)}`);
      assert.deepEqual(answer.body, readFileSync(join(folder, name)));
      const digest = Buffer.from(sha256 ?? '', 'hex').toString('base64');
      assert.equal(answer.headers['repr-digest'], `sha-256=:${digest}:`);
    }
  });

  it('tells no date that is still to come', async () => {
    const folder = tempFolder(scope);
    const seconds = Math.round(Date.now() / 1000);
    for (const [name, mtime] of [
      ['past', seconds - 86_400],
      ['future', seconds + 86_400],
    ] as const) {
      writeFileSync(join(folder, name), name);
      utimesSync(join(folder, name), mtime, mtime);
    }
    const { origin } = await openSharing(scope, [folder]);
    const dateOf = async (name: string) => (await ask(origin, `/files/${name}`)).headers['last-modified'];
    assert.equal(await dateOf('past'), new Date((seconds - 86_400) * 1000).toUTCString());
    assert.equal(await dateOf('future'), undefined);
  });

  it('gives parts, heads and conditional answers as HTTP has them', async () => {
    const folder = tempFolder(scope);
    const bytes = new Content(100_000).slice(0, 100_000);
    writeFileSync(join(folder, 'f'), bytes);
    const { origin } = await openSharing(scope, [folder]);
    const get = (headers: Record<string, string>, method = 'GET') => ask(origin, '/files/f', { method, headers });
    const whole = await get({});
    const etag = String(whole.headers.etag);
    assert.match(etag, /^"[^"]+"$/);
    assert.deepEqual([whole.status, whole.body.equals(bytes)], [200, true]);
    const cases: [headers: Record<string, string>, status: number, start: number, end: number][] = [
      [{ range: 'bytes=0-9' }, 206, 0, 10],
      [{ range: 'bytes=99990-' }, 206, 99_990, 100_000],
      [{ range: 'bytes=-5' }, 206, 99_995, 100_000],
      [{ range: 'bytes=10-200000' }, 206, 10, 100_000],
      [{ range: 'bytes=5-3' }, 200, 0, 100_000],
      [{ range: 'bytes=0-1,5-6' }, 200, 0, 100_000],
      [{ range: 'bytes=0-9', 'if-range': etag }, 206, 0, 10],
      [{ range: 'bytes=0-9', 'if-range': '"other"' }, 200, 0, 100_000],
      [{ range: 'bytes=100000-' }, 416, 0, 0],
      [{ 'if-none-match': etag }, 304, 0, 0],
      // As `wget -N` and `curl -z` ask, and who resumes by a condition.
      [{ 'if-modified-since': String(whole.headers['last-modified']) }, 304, 0, 0],
      [{ range: 'bytes=0-9', 'if-match': etag }, 206, 0, 10],
      [{ range: 'bytes=0-9', 'if-match': '"other"' }, 412, 0, 0],
      [{ range: 'bytes=0-9', 'if-unmodified-since': new Date(0).toUTCString() }, 412, 0, 0],
    ];
    for (const [headers, status, start, end] of cases) {
      const answer = await get(headers);
      assert.equal(answer.status, status, JSON.stringify(headers));
      assert.ok(answer.body.equals(bytes.subarray(start, end)), JSON.stringify(headers));
      if (status === 206) assert.equal(answer.headers['content-range'], `bytes ${start}-${end - 1}/100000`);
    }
    const head = await get({ range: 'bytes=0-9' }, 'HEAD');
    assert.deepEqual([head.status, head.headers['content-length'], head.body.length], [200, '100000', 0]);
  });

  it('tells the hashes of pieces of the length that is asked for', async () => {
    const folder = tempFolder(scope);
    const content = new Content(3 * MIB + 5);
    writeFileSync(join(folder, 'f'), content.slice(0, content.sizeBytes));
    const { origin } = await openSharing(scope, [folder]);
    for (const length of [256 * 1024, MIB, 1_000_000]) {
      const { body } = await ask(origin, `/pieces/f?length=${length}`);
      const pieces = JSON.parse(body.toString()) as { length: number; sha256: string[] };
      const { createHash } = await import('node:crypto');
      const expected = Array.from({ length: Math.ceil(content.sizeBytes / length) }, (_, at) =>
        createHash('sha256')
          .update(content.slice(at * length, (at + 1) * length))
          .digest('hex'),
      );
      assert.deepEqual(pieces, { length, sha256: expected });
    }
    for (const wrong of ['0', '-1', 'x', '', '1', '1e6', '0x100000', '%201000000', '1000000.0', '9'.repeat(30)])
      assert.equal((await ask(origin, `/pieces/f?length=${wrong}`)).status, 400, wrong);
  });

  it('serves nothing but the files of the share', async () => {
    const folder = tempFolder(scope);
    const outside = join(tempFolder(scope), 'secret');
    writeFileSync(outside, 'secret');
    mkdirSync(join(folder, 'inner'));
    writeFileSync(join(folder, 'inner', 'deep'), 'deep');
    writeFileSync(join(folder, 'good'), 'good');
    writeFileSync(join(folder, '.env'), 'KEY=1');
    writeFileSync(join(folder, 'x.part'), 'half');
    writeFileSync(join(folder, 'x.part.json'), '{}');
    symlinkSync(outside, join(folder, 'leak'));
    symlinkSync('/etc', join(folder, 'etc'));
    symlinkSync('good', join(folder, 'alias'));
    symlinkSync('nowhere', join(folder, 'dangling'));
    const { origin, port } = await openSharing(scope, [folder]);
    const names = (JSON.parse((await ask(origin, '/files')).body.toString()) as { name: string }[]).map(
      ({ name }) => name,
    );
    assert.deepEqual(names, ['alias', 'good']);
    const tricks = [
      '/files/../secret',
      '/files/..%2fsecret',
      '/files/%2e%2e%2f%2e%2e%2fetc%2fpasswd',
      '/files//etc/passwd',
      '/files/%2fetc%2fpasswd',
      `/files/${encodeURIComponent(outside)}`,
      '/files/good%00.txt',
      '/files/good%0a',
      '/files/leak',
      '/files/etc%2fpasswd',
      '/files/inner',
      '/files/inner%2fdeep',
      '/files/.env',
      '/files/x.part',
      '/files/x.part.json',
      '/files/dangling',
      '/files/',
      '/files/%',
      '/files/..',
      '/files/GOOD',
      `/files/${'a'.repeat(4000)}`,
      '/pieces/leak?length=1000',
      '/pieces',
      '/',
      '/favicon.ico',
      '/files/good/',
      '*',
    ];
    for (const path of tricks) assert.equal((await ask(origin, path)).status, 404, path);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND', 'MKCALENDAR']) {
      const answer = await ask(origin, '/files/good', { method });
      assert.deepEqual([answer.status, answer.headers.allow], [405, 'GET, HEAD'], method);
    }
    const tunnel = await rawAsk(port, ['CONNECT other.example:443 HTTP/1.1\r\nHost: other.example:443\r\n\r\n']);
    assert.match(tunnel.toString(), /^HTTP\/1\.1 405 .*\r\nAllow: GET, HEAD\r\n/s);
    assert.equal((await ask(origin, '/files/good')).body.toString(), 'good');
    assert.equal((await ask(origin, '/files/alias')).body.toString(), 'good');
  });

  it('answers who offers another protocol, or expects a go-ahead, in plain HTTP/1.1', async () => {
    const folder = tempFolder(scope);
    writeFileSync(join(folder, 'f'), 'plain');
    const { origin, port } = await openSharing(scope, [folder]);
    const { stdout } = await run('curl', ['-sf', '--http2', '-w', ' %{http_version}', `${origin}/files/f`]);
    assert.equal(stdout, 'plain 1.1');
    const socket = ['Upgrade: websocket', 'Connection: Upgrade'];
    for (const lines of [socket, ['Expect: 100-continue'], ['Expect: wonders']]) {
      const head = ['GET /files/f HTTP/1.1', 'Host: localhost', ...lines, 'Connection: close', '', ''].join('\r\n');
      const answer = (await rawAsk(port, [head])).toString();
      assert.match(answer, /^HTTP\/1\.1 200 .*\r\n\r\nplain$/s, lines[0]);
    }
  });

  it('cannot be reached by a web page, and asks for a key off loopback', async () => {
    const folder = tempFolder(scope);
    writeFileSync(join(folder, 'f'), 'x');
    const { origin, port } = await openSharing(scope, [folder]);
    const statusFor = async (host: string): Promise<number> =>
      (await ask(origin, '/files', { headers: { host } })).status;
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, '127.0.0.1', `[::1]:${port}`, 'LOCALHOST'])
      assert.equal(await statusFor(host), 200, host);
    for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1.evil.example', '10.0.0.1', '1270.0.0.1'])
      assert.equal(await statusFor(host), 421, host);
    const { headers } = await ask(origin, '/files/f', { headers: { origin: 'https://evil.example' } });
    assert.deepEqual(
      Object.keys(headers).filter((name) => name.startsWith('access-control')),
      [],
    );
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin');

    const open = await openSharing(scope, [folder], { host: '0.0.0.0', key: 'k1' });
    for (const [authorization, status] of [
      ['', 401],
      ['Bearer k2', 401],
      ['Basic azE=', 401],
      ['Bearer K1', 401],
      ['Bearer k1', 200],
      ['bearer k1', 200],
    ] as const)
      assert.equal((await ask(open.origin, '/files/f', { headers: { authorization } })).status, status, authorization);
    for (const [host, status] of [
      [`${hostname()}:${open.port}`, 200],
      ['evil.example', 421],
    ] as const)
      assert.equal(
        (await ask(open.origin, '/files', { headers: { authorization: 'Bearer k1', host } })).status,
        status,
      );
    assert.equal(await statusFor(hostname()), 421);
    await assert.rejects(openSharing(scope, [folder], { host: '0.0.0.0' }), { code: 'bad-option' });
  });

  it('takes the whole address as a target, and no more than one Host', async () => {
    const folder = tempFolder(scope);
    writeFileSync(join(folder, 'f'), 'x');
    const { port } = await openSharing(scope, [folder]);
    const statusFor = async (target: string, ...hosts: readonly string[]): Promise<number> => {
      const lines = [`GET ${target} HTTP/1.1`, ...hosts.map((host) => `Host: ${host}`), 'Connection: close', '', ''];
      return Number(/^HTTP\/1\.1 (\d+)/.exec((await rawAsk(port, [lines.join('\r\n')])).toString())?.[1]);
    };
    const own = `127.0.0.1:${port}`;
    const cases: [status: number, target: string, ...hosts: string[]][] = [
      [200, `http://${own}/files/f`, own],
      [200, `HTTP://localhost/files?x`, 'evil.example'],
      [421, 'http://evil.example/files/f', own],
      [421, `http://user@localhost/files/f`, own],
      [404, `http://${own}`, own],
      [404, `http://${own}/files/../f`, own],
      [404, `https://${own}/files/f`, own],
      [400, '/files/f', own, own],
      [400, '/files/f', own, 'evil.example'],
      [400, '/files/f'],
    ];
    for (const [status, target, ...hosts] of cases)
      assert.equal(await statusFor(target, ...hosts), status, `${target} ${hosts.join()}`);
  });

  it('answers old programs, which name no host', async () => {
    const folder = tempFolder(scope);
    writeFileSync(join(folder, 'f'), 'plain');
    const { port } = await openSharing(scope, [folder]);
    for (const [lines, expected] of [
      [['GET /files/f HTTP/1.0'], /^HTTP\/1\.\d 200 .*\r\n\r\nplain$/s],
      [['GET /files/f HTTP/1.0', 'Host: evil.example'], /^HTTP\/1\.\d 421 /],
      [['GET http://evil.example/files/f HTTP/1.0'], /^HTTP\/1\.\d 421 /],
      [['GET /files/f HTTP/1.1', 'Host:', 'Connection: close'], /^HTTP\/1\.\d 421 /],
    ] as const)
      assert.match((await rawAsk(port, [[...lines, '', ''].join('\r\n')])).toString(), expected, lines.join());
  });

  it('never sends a mixture of two versions of a file', async () => {
    const folder = tempFolder(scope);
    const path = join(folder, 'f');
    const content = new Content(8 * MIB);
    writeFileSync(path, content.slice(0, content.sizeBytes));
    const { origin, sharing } = await openSharing(scope, [folder], { uploadBytesPerSecond: 4 * MIB });
    const etag = (await ask(origin, '/files/f', { method: 'HEAD' })).headers.etag;
    const reading = ask(origin, '/files/f');
    setTimeout(() => appendFileSync(path, 'more'), 200);
    await assert.rejects(reading, 'the connection is cut');
    assert.ok((await sharing.snapshot()).bytesServed < 7 * MIB, 'and not only before the last block');
    const changed = await ask(origin, '/files/f', { method: 'HEAD' });
    assert.notEqual(changed.headers.etag, etag);
    assert.equal(changed.headers['content-length'], String(8 * MIB + 4));
    const cut = ask(origin, '/files/f');
    setTimeout(() => truncateSync(path, MIB), 200);
    await assert.rejects(cut, 'the connection is cut');
    rmSync(path);
    assert.equal((await ask(origin, '/files/f')).status, 404);
  });

  it('curl, aria2c and a browser can download from it', async () => {
    const folder = tempFolder(scope);
    const name = 'big žluť|file.bin';
    const content = new Content(5 * MIB + 3);
    writeFileSync(join(folder, name), content.slice(0, content.sizeBytes));
    const { origin } = await openSharing(scope, [folder]);
    const link = `${origin}/files/${encodeURIComponent(name)}`;
    const target = tempFolder(scope);
    await run('curl', ['-sf', '-r', '1000-1999', '-o', join(target, 'part'), link]);
    assert.deepEqual(readFileSync(join(target, 'part')), content.slice(1000, 2000));
    await run('curl', ['-sfOJ', '--output-dir', target, link]);
    const aria = ['-q', '-x4', '-s4', '-k1M', '--no-conf=true', '-d', target, '-o', 'aria', link];
    const hasAria = await run('aria2c', aria).then(
      () => true,
      (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? false : Promise.reject(error)),
    );
    if (hasAria) assert.equal(await sha256OfFile(join(target, 'aria')), content.sha256);
    const browser = await startBrowser(scope);
    const page = await browser.newPage();
    const started = page.waitForEvent('download');
    await page.goto(link).catch(() => {});
    const download = await started;
    await download.saveAs(join(target, 'browser'));
    assert.equal(await sha256OfFile(join(target, 'browser')), content.sha256);
    assert.equal(download.suggestedFilename().normalize(), 'big žluť_file.bin'.normalize());
  });
});
