import assert from 'node:assert/strict';
import { createWriteStream, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { Content } from '../support/content.ts';
import { type IpfsServer, startIpfsServer } from '../support/ipfs/ipfsServer.ts';
import { runCli } from '../support/runCli.ts';
import { type Scope, useScope } from '../support/scope.ts';
import { sha256OfFile } from '../support/sha256OfFile.ts';
import { tempFolder } from '../support/tempFolder.ts';
import { CliFixture, type JsonLine, jsonLines } from './cliFixture.ts';

const MIB = 1 << 20;

describe('IPFS between processes', () => {
  const scope = useScope();

  it('finds 200 MiB over the DHT, fetches from two seeders, and goes on when one is killed', async () => {
    const content = new Content(200 * MIB);
    const path = await writeContent(scope, content);
    const bootstrap = await startIpfsServer(scope);
    const seeders: IpfsServer[] = [];
    let cid = '';
    for (let n = 0; n < 2; n++) {
      const folder = tempFolder(scope);
      const added = await runCli(scope, ['ipfs', 'add', path, '--dir', folder], { cwd: folder });
      assert.equal(added.exitCode, 0, added.stderr);
      cid = added.stdout.trimEnd().split('\n').at(-1) ?? '';
      seeders.push(await startIpfsServer(scope, { folder, args: ['--bootstrap', bootstrap.address] }));
    }
    const cli = new CliFixture(scope);
    const args = ['--bootstrap', bootstrap.address, '--json', '--events', '--limit', '80M', '-o', 'f.bin'];
    const run = cli.start(['get', `ipfs://${cid}`, ...args]);
    await run.line('both to be asked, and 40 MiB', ({ type, received }) => {
      const asked = new Set(
        run.lines.filter(({ event }) => event === 'download_chunk_started').map(({ peer }) => peer),
      );
      return type === 'progress' && Number(received) > 40 * MIB && seeders.every(({ peerId }) => asked.has(peerId));
    });
    seeders[0]?.child.kill('SIGKILL');
    const { exitCode, stdout, stderr } = await run.result;
    assert.equal(exitCode, 0, stderr);
    assert.equal(await sha256OfFile(cli.path('f.bin')), content.sha256);
    const lines = jsonLines(stdout);
    const last = lines.at(-1);
    assert.deepEqual([last?.state, last?.verification], ['completed', 'verified']);
    assertChunkEvents(lines, cid, 200, cli.path('f.bin'));
  });

  it('serves what is added while it runs, and again after a restart, under the same id', async () => {
    const content = new Content(3 * MIB);
    const path = await writeContent(scope, content);
    const server = await startIpfsServer(scope);
    const added = await runCli(scope, ['ipfs', 'add', path, '--dir', server.folder, '-q'], { cwd: server.folder });
    const cid = added.stdout.trim();
    const cli = new CliFixture(scope);
    const first = await cli.run(['get', cid, '--peer', server.address, '-o', 'a.bin']);
    assert.equal(first.exitCode, 0, first.stderr);
    const ending = performance.now();
    server.child.kill('SIGTERM');
    assert.equal((await server.ended).exitCode, 0);
    assert.ok(performance.now() - ending < 3000);
    const again = await startIpfsServer(scope, { folder: server.folder });
    assert.equal(again.peerId, server.peerId);
    const other = new CliFixture(scope);
    const second = await other.run(['get', cid, '--peer', again.address, '-o', 'b.bin']);
    assert.equal(second.exitCode, 0, second.stderr);
    assert.equal(await sha256OfFile(other.path('b.bin')), content.sha256);
  });

  it('does not fetch again what was downloaded before', async () => {
    const content = new Content(3 * MIB);
    const server = await startIpfsServer(scope);
    const path = await writeContent(scope, content);
    const added = await runCli(scope, ['ipfs', 'add', path, '--dir', server.folder, '-q'], { cwd: server.folder });
    const cid = added.stdout.trim();
    const cli = new CliFixture(scope);
    assert.equal((await cli.run(['get', cid, '--peer', server.address, '-o', 'a.bin'])).exitCode, 0);
    server.child.kill('SIGKILL');
    await server.ended;
    const again = await cli.run(['get', cid, '-o', 'b.bin']);
    assert.equal(again.exitCode, 0, again.stderr);
    assert.equal(await sha256OfFile(cli.path('b.bin')), content.sha256);
  });

  it('offers a changed file no longer', async () => {
    const server = await startIpfsServer(scope);
    const path = await writeContent(scope, new Content(2 * MIB));
    const added = await runCli(scope, ['ipfs', 'add', path, '--dir', server.folder, '-q'], { cwd: server.folder });
    writeFileSync(path, 'other');
    const cli = new CliFixture(scope);
    const result = await cli.run(['get', added.stdout.trim(), '--peer', server.address, '--json']);
    assert.equal(result.exitCode, 3, result.stdout);
    assert.equal(existsSync(cli.path('f.bin')), false);
  });
});

async function writeContent(scope: Scope, content: Content): Promise<string> {
  const path = join(tempFolder(scope), 'source.bin');
  const file = createWriteStream(path);
  for (let offset = 0; offset < content.sizeBytes; offset += 4 * MIB)
    file.write(content.slice(offset, offset + 4 * MIB));
  file.end();
  await finished(file);
  return path;
}

/** Each chunk: begun by a peer, never complete before its bytes are all there, complete once. */
function assertChunkEvents(lines: readonly JsonLine[], root: string, chunks: number, path: string): void {
  const seen = new Map<number, JsonLine[]>();
  for (const line of lines) {
    if (line.event === undefined) continue;
    assert.equal(line.file_hash, root);
    const index = Number(line.chunk_index);
    seen.set(index, [...(seen.get(index) ?? []), line]);
  }
  assert.deepEqual(
    [...seen.keys()].sort((a, b) => a - b),
    Array.from({ length: chunks }, (_, n) => n),
  );
  for (const [index, events] of seen) {
    const [first] = events;
    assert.equal(first?.event, 'download_chunk_started', `chunk ${index}`);
    assert.match(String(first?.cid), /^baf/);
    assert.match(String(first?.peer), /^12D3/);
    const kinds = events.map(({ event }) => String(event).replace('download_chunk_', ''));
    assert.match(kinds.join(' '), /^(started( progress)*( failed)? )+complete$/, `chunk ${index}`);
    const progress = events.filter(({ event }) => event === 'download_chunk_progress');
    assert.equal(progress.at(-1)?.bytes_received, progress.at(-1)?.total_bytes);
    assert.equal(events.at(-1)?.path, path);
  }
}
