import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CID } from 'multiformats/cid';
import { DEFAULT_IPFS, type IpfsSettings } from '../../src/contract/settings.ts';
import { RAW_CODEC } from '../../src/engine/protocols/bitswap/blockCid.ts';
import { assertDownloaded } from '../support/assertDownloaded.ts';
import { Content } from '../support/content.ts';
import { type InProcessEngine, startInProcessEngine } from '../support/inProcessEngine.ts';
import { blockOf, type Dag, dagOfFile, OLD_KUBO, OURS } from '../support/ipfs/dagOf.ts';
import { linksOf } from '../support/ipfs/linksOf.ts';
import { startOddPeer } from '../support/ipfs/oddPeer.ts';
import { useScope } from '../support/scope.ts';
import { type HttpServer, startHttpServer } from '../support/servers/httpServer.ts';
import { startPythonServer, whyNoPython } from '../support/servers/pythonServer.ts';
import { serveFile } from '../support/servers/serveFile.ts';
import { skipBecause } from '../support/skipBecause.ts';
import { tempFolder } from '../support/tempFolder.ts';

const MIB = 1 << 20;

describe('IPFS with HTTP behind it', () => {
  const scope = useScope();

  const engineWith = (ipfs: Partial<IpfsSettings>): Promise<InProcessEngine> =>
    startInProcessEngine(scope, { settings: { ipfs: { ...DEFAULT_IPFS, firstByteMs: 500, ...ipfs } } });

  async function sample(mib: number, options = OURS): Promise<{ content: Content; dag: Dag }> {
    const content = new Content(mib * MIB);
    return { content, dag: await dagOfFile(content.slice(0, content.sizeBytes), options) };
  }

  /** Blocks by their names, as a gateway gives them. */
  async function startGateway(
    dag: Dag,
    spoil: (cid: CID, block: Uint8Array) => Uint8Array = (_, block) => block,
    options: { bytesPerSecond?: number } = {},
  ): Promise<HttpServer> {
    const cids = await allCids(dag);
    const routes = cids.map(async (cid) => {
      const block = spoil(cid, await blockOf(dag.blocks, cid));
      return [
        `/ipfs/${cid}`,
        async ({ request, response, logged }: Parameters<Parameters<typeof startHttpServer>[1][string]>[0]) => {
          assert.equal(request.headers.accept, 'application/vnd.ipld.raw');
          if (options.bytesPerSecond !== undefined)
            await new Promise((resolve) => setTimeout(resolve, (block.length * 1000) / (options.bytesPerSecond ?? 1)));
          logged.bytesSent += block.length;
          response.writeHead(200, { 'Content-Length': block.length }).end(block);
        },
      ] as const;
    });
    return startHttpServer(scope, Object.fromEntries(await Promise.all(routes)));
  }

  it('an ordinary web server with the blocks under their names is a gateway', async function () {
    skipBecause(this, whyNoPython());
    const { content, dag } = await sample(4);
    const folder = tempFolder(scope);
    mkdirSync(join(folder, 'ipfs'));
    for (const cid of await allCids(dag))
      writeFileSync(join(folder, 'ipfs', cid.toString()), await blockOf(dag.blocks, cid));
    const { origin } = await startPythonServer(scope, folder);
    const engine = await engineWith({ gateways: [origin] });
    await assertDownloaded(await engine.completed(await engine.add(`ipfs://${dag.cid}`)), content);
  });

  it('peers and gateways give parts of one file', async () => {
    const { content, dag } = await sample(24);
    const bytesPerSecond = 8 * MIB;
    const peer = await startOddPeer(scope, dag.blocks, { bytesPerSecond });
    const gateway = await startGateway(dag, undefined, { bytesPerSecond });
    const engine = await engineWith({ peers: [peer.address], gateways: [gateway.origin] });
    await assertDownloaded(await engine.completed(await engine.add(`ipfs://${dag.cid}`)), content);
    assert.ok(peer.sentBytes > 2 * MIB, `${peer.sentBytes} bytes of the peer`);
    assert.ok(gateway.log.bytesSent > 2 * MIB, `${gateway.log.bytesSent} bytes of the gateway`);
  });

  it('a gateway takes over when the peers do not answer', async () => {
    const { content, dag } = await sample(6);
    const silent = await startOddPeer(scope, dag.blocks, { block: () => null });
    const gateway = await startGateway(dag);
    const engine = await engineWith({ peers: [silent.address], gateways: [gateway.origin] });
    await assertDownloaded(await engine.completed(await engine.add(`ipfs://${dag.cid}`)), content);
  });

  it('a corrupt gateway is left, a right one is gone on with', async () => {
    const { content, dag } = await sample(6);
    const corrupt = await startGateway(dag, (cid, block) =>
      cid.code === RAW_CODEC ? Buffer.alloc(block.length) : block,
    );
    const right = await startGateway(dag);
    const engine = await engineWith({ gateways: [corrupt.origin, right.origin] });
    const task = await engine.completed(await engine.add(`ipfs://${dag.cid}`));
    await assertDownloaded(task, content);
    assert.equal(task.sources.find(({ address }) => address === corrupt.origin)?.error?.code, 'wrong-content');
  });

  it('a gateway alone that is corrupt fails the download', async () => {
    const { dag } = await sample(2);
    const corrupt = await startGateway(dag, (_, block) => block.subarray(1));
    const engine = await engineWith({ gateways: [corrupt.origin] });
    const error = await engine.failed(await engine.add(`ipfs://${dag.cid}`));
    assert.equal(error.code, 'wrong-content');
  });

  it('a slow gateway does not hold up the others', async () => {
    const { content, dag } = await sample(12);
    const slow = await startGateway(dag, undefined, { bytesPerSecond: MIB / 4 });
    const peer = await startOddPeer(scope, dag.blocks, { bytesPerSecond: 12 * MIB });
    const engine = await engineWith({ peers: [peer.address], gateways: [slow.origin] });
    const begunMs = performance.now();
    await assertDownloaded(await engine.completed(await engine.add(`ipfs://${dag.cid}`)), content);
    assert.ok(performance.now() - begunMs < 12_000);
  });

  for (const [name, options] of [
    ['raw leaves', OURS],
    ['dag-pb leaves', OLD_KUBO],
  ] as const) {
    it(`an HTTP mirror and peers give one file, checked by its ${name}`, async () => {
      const { content, dag } = await sample(24, options);
      const bytesPerSecond = 8 * MIB;
      const peer = await startOddPeer(scope, dag.blocks, { bytesPerSecond });
      const right = await startHttpServer(scope, {
        '/f.bin': serveFile({ content, body: () => ({ bytesPerSecond: bytesPerSecond / 4 }) }),
      });
      const wrong = await startHttpServer(scope, {
        '/f.bin': serveFile({ content: new Content(content.sizeBytes, 9) }),
      });
      const engine = await engineWith({ peers: [peer.address] });
      const mirrors = [`${right.origin}/f.bin`, `${wrong.origin}/f.bin`];
      const task = await engine.completed(await engine.add(`ipfs://${dag.cid}`, { mirrors }));
      await assertDownloaded(task, content);
      assert.equal(task.status.state === 'completed' && task.status.verification, 'verified');
      assert.ok(right.log.bytesSent > MIB, `${right.log.bytesSent} bytes of the mirror`);
      assert.ok(peer.sentBytes > MIB, `${peer.sentBytes} bytes of the peer`);
      assert.equal(
        task.sources.find(({ address }) => address === `${wrong.origin}/f.bin`)?.error?.code,
        'wrong-content',
      );
    });
  }

  it('a CID beside an HTTP link checks what the server sends', async () => {
    const { content, dag } = await sample(6);
    const peer = await startOddPeer(scope, dag.blocks, {});
    const server = await startHttpServer(scope, {
      '/f.bin': serveFile({ content: new Content(content.sizeBytes, 9) }),
    });
    const engine = await engineWith({ peers: [peer.address] });
    const id = await engine.add(`${server.origin}/f.bin`, { mirrors: [`ipfs://${dag.cid}`] });
    await assertDownloaded(await engine.completed(id), content);
  });
});

async function allCids(dag: Dag): Promise<CID[]> {
  const found = [dag.cid];
  for (const cid of found) if (cid.code !== RAW_CODEC) found.push(...linksOf(await blockOf(dag.blocks, cid)));
  return found;
}
