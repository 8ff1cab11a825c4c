import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Content } from '../support/content.ts';
import { startInProcessEngine } from '../support/inProcessEngine.ts';
import { useScope } from '../support/scope.ts';
import { redirectTo } from '../support/servers/answers.ts';
import { startHttpServer } from '../support/servers/httpServer.ts';
import { serveFile } from '../support/servers/serveFile.ts';

const CONTENT = new Content(100);
const LONG = `${'n'.repeat(296)}.iso`;

describe('the name of the file', () => {
  const scope = useScope();

  async function nameOf(path: string, headers: Readonly<Record<string, string>>, fileName?: string): Promise<string> {
    const routes = { [path.split('?', 1)[0] ?? path]: serveFile({ content: CONTENT, headers }) };
    const { origin } = await startHttpServer(scope, routes);
    const engine = await startInProcessEngine(scope);
    const id = await engine.add(origin + path, fileName === undefined ? {} : { fileName });
    const task = await engine.completed(id);
    assert.equal(dirname(task.targetPath), engine.folder, 'inside the chosen folder');
    assert.deepEqual(readdirSync(engine.folder), [task.name]);
    assert.equal(basename(task.targetPath), task.name);
    assert.equal(existsSync(join(engine.folder, '..', 'evil.bin')), false);
    return task.name;
  }

  const utf8 = (text: string): string => Buffer.from(text).toString('latin1');
  const fromHeader: readonly (readonly [string, string])[] = [
    ['attachment; filename="plain.bin"', 'plain.bin'],
    ['attachment; filename=token.bin', 'token.bin'],
    ['attachment; filename="a;b, c.bin"', 'a;b, c.bin'],
    ['attachment; filename="say \\"hi\\".bin"', 'say _hi_.bin'],
    ['attachment; filename="x.bin"; filename*=UTF-8\'\'na%C3%AFve%20%E2%82%AC.bin', 'naïve €.bin'],
    ["attachment; filename*=ISO-8859-1''caf%E9.bin", 'café.bin'],
    [utf8('attachment; filename="grüße.bin"'), 'grüße.bin'],
    ['attachment; filename="=?UTF-8?B?Z3LDvMOfZS5iaW4=?="', 'grüße.bin'],
    ['attachment; filename="../../evil.bin"', 'evil.bin'],
    ['attachment; filename="..\\\\..\\\\evil.bin"', 'evil.bin'],
    ["attachment; filename*=UTF-8''..%2F..%2Fevil.bin", 'evil.bin'],
    ['attachment; filename="/etc/evil.bin"', 'evil.bin'],
    ['attachment; filename=".."', 'f.bin'],
    ['attachment; filename=""', 'f.bin'],
    ['attachment; filename="nul.bin"', '_nul.bin'],
    ["attachment; filename*=UTF-8''a%E2%80%AEnib.exe", 'anib.exe'],
    ["attachment; filename*=UTF-8''a%00%0Ab.bin", 'ab.bin'],
    ['attachment', 'f.bin'],
    ['inline; filename="inline.bin"', 'inline.bin'],
    ['attachment; filename=', 'f.bin'],
  ];
  for (const [header, expected] of fromHeader) {
    it(`${JSON.stringify(header)} gives ${expected}`, async () => {
      assert.equal(await nameOf('/f.bin', { 'Content-Disposition': header }), expected);
    });
  }

  const fromLink: readonly (readonly [string, string])[] = [
    ['/a%20b.bin', 'a b.bin'],
    ['/%E2%82%AC.bin', '€.bin'],
    ['/a%252Fb.bin', 'a%2Fb.bin'],
    ['/..%2F..%2Fevil.bin', 'evil.bin'],
    ['/..%5C..%5Cevil.bin', 'evil.bin'],
    ['/x%ZZ.bin', 'x%ZZ.bin'],
    ['/get.bin?name=../../evil.bin', 'get.bin'],
  ];
  for (const [path, expected] of fromLink) {
    it(`the link ${path} gives ${expected}`, async () => {
      assert.equal(await nameOf(path, {}), expected);
    });
  }

  it('the user has the last word', async () => {
    assert.equal(
      await nameOf('/f.bin', { 'Content-Disposition': 'attachment; filename="other.bin"' }, 'mine.bin'),
      'mine.bin',
    );
  });

  it('of 300 characters is cut so that it fits with its suffixes, and keeps its extension', async () => {
    for (const name of [
      await nameOf('/f', { 'Content-Disposition': `attachment; filename="${LONG}"` }),
      await nameOf(`/${LONG}`, {}),
    ]) {
      assert.match(name, /^n+\.iso$/);
      assert.ok(Buffer.byteLength(`${name}.part.json`) <= 255 && name.length > 200, `${name.length} characters`);
    }
  });

  it('without any, it is the host, with the extension of the type', async () => {
    assert.equal(await nameOf('/', { 'Content-Type': 'application/zip' }), '127.0.0.1.zip');
  });

  it('comes from the link that was given before that of the redirect', async () => {
    const { origin } = await startHttpServer(scope, {
      '/nice.bin': redirectTo('/storage/0815'),
      '/storage/0815': serveFile({ content: CONTENT }),
    });
    const engine = await startInProcessEngine(scope);
    assert.equal((await engine.completed(await engine.add(`${origin}/nice.bin`))).name, 'nice.bin');
  });
});
