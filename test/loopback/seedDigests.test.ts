import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { useScope } from '../support/scope.ts';
import { openSharing } from '../support/seeds/openSharing.ts';
import { rawAsk } from '../support/seeds/rawAsk.ts';
import { tempFolder } from '../support/tempFolder.ts';
import { waitFor } from '../support/waitFor.ts';

interface Listed {
  readonly name: string;
  readonly sha256: string | null;
}

const sha256 = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');

async function listed(origin: string, name: string): Promise<Listed | undefined> {
  const files = (await (await fetch(`${origin}/files`)).json()) as Listed[];
  return files.find((file) => file.name === name);
}

async function digestOf(origin: string, name: string): Promise<string> {
  const { headers } = await fetch(`${origin}/files/${encodeURIComponent(name)}`, { method: 'HEAD' });
  const [, base64 = ''] = /^sha-256=:(.+):$/.exec(headers.get('repr-digest') ?? '') ?? [];
  return Buffer.from(base64, 'base64').toString('hex');
}

/** Nobody waits for a digest longer than a second: what a busy machine has missed is tried with another file. */
async function soonerOrLater(what: string, check: (name: string) => Promise<boolean>): Promise<void> {
  for (let attempt = 1; attempt <= 5; attempt++) if (await check(`${what} ${attempt}`)) return;
  assert.fail(`no digest of what is ${what}`);
}

describe('digests of our seed', () => {
  const scope = useScope();

  it('are computed of what is new or changed before anybody asks', async () => {
    const folder = tempFolder(scope);
    const { sharing } = await openSharing(scope, [folder]);
    // Whatever looks at the folder because it was shared has done so.
    await sharing.snapshot();
    for (const text of ['new', 'changed']) {
      const told = new Promise<void>((resolve) => {
        const watch = sharing.onDidChange(({ shares: [share] }) => {
          if (share?.sizeBytes === text.length && share.hashing === 0) resolve(watch.dispose());
        });
      });
      writeFileSync(join(folder, 'f'), text);
      await told;
    }
  });

  it('of small files are there as soon as the files are', async () => {
    const folder = tempFolder(scope);
    const { origin } = await openSharing(scope, [folder]);
    await soonerOrLater('asked for', async (name) => {
      for (const text of [name, `another ${name}`]) {
        writeFileSync(join(folder, name), text);
        if ((await digestOf(origin, name)) !== sha256(text)) return false;
      }
      return true;
    });
    await soonerOrLater('listed', async (name) => {
      writeFileSync(join(folder, name), name);
      return (await waitFor('the file', () => listed(origin, name))).sha256 === sha256(name);
    });
  });

  it('are of the new bytes also when the time of the old ones was restored', async () => {
    const folder = tempFolder(scope);
    const path = join(folder, 'f');
    const changedNs = () => statSync(path, { bigint: true }).ctimeNs;
    const write = (text: string): void => {
      writeFileSync(path, text);
      utimesSync(path, 1e9, 1e9);
    };
    write('one');
    const { origin } = await openSharing(scope, [folder]);
    const etagOf = async () => (await fetch(`${origin}/files/f`, { method: 'HEAD' })).headers.get('etag');
    const before = await etagOf();
    assert.equal(await digestOf(origin, 'f'), sha256('one'));
    // The clock of the file system may tick slowly.
    const beforeNs = changedNs();
    while (changedNs() === beforeNs) write('two');
    assert.equal(await digestOf(origin, 'f'), sha256('two'));
    assert.notEqual(await etagOf(), before);
  });
});

describe('a link in our seed', () => {
  const scope = useScope();

  it('never leads out of the share, also when a folder on its way becomes one', async () => {
    const folder = tempFolder(scope);
    const outside = tempFolder(scope);
    writeFileSync(join(outside, 'f'), 'secret');
    mkdirSync(join(folder, 'sub'));
    writeFileSync(join(folder, 'sub', 'f'), 'public');
    symlinkSync(join('sub', 'f'), join(folder, 'one'));
    symlinkSync(join('sub', 'f'), join(folder, 'two'));
    const { origin, port } = await openSharing(scope, [folder]);
    assert.equal(await (await fetch(`${origin}/files/one`)).text(), 'public');
    renameSync(join(folder, 'sub'), join(folder, 'sub2'));
    symlinkSync(outside, join(folder, 'sub'));
    assert.equal((await fetch(`${origin}/files/one`)).status, 404);
    assert.equal((await fetch(`${origin}/pieces/one?length=3`)).ok, false);
    for (const request of ['DOWNLOAD two|0\n', 'FILESIZE two\n'])
      assert.match((await rawAsk(port, [request])).toString(), /^ERROR:/);
    assert.equal(await digestOf(origin, 'two'), '');
  });
});
