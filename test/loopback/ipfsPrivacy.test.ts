import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { peerIdFromString } from '@libp2p/peer-id';
import { multiaddr } from '@multiformats/multiaddr';
import { DEFAULT_IPFS } from '../../src/contract/settings.ts';
import { newIdentity, PeerNode } from '../../src/engine/net/ipfs/peerNode.ts';
import { Content } from '../support/content.ts';
import { startInProcessEngine } from '../support/inProcessEngine.ts';
import { dagOfFile, OURS } from '../support/ipfs/dagOf.ts';
import { startIpfsServer } from '../support/ipfs/ipfsServer.ts';
import { startOddPeer } from '../support/ipfs/oddPeer.ts';
import { addressOf, startTestNode } from '../support/ipfs/testNode.ts';
import { runCli } from '../support/runCli.ts';
import { useScope } from '../support/scope.ts';
import { skipBecause } from '../support/skipBecause.ts';
import { tempFolder } from '../support/tempFolder.ts';

const MIB = 1 << 20;
/** A documentation address (RFC 5737): nobody has it, and it is not a local one. */
const PUBLIC = '/ip4/203.0.113.7/tcp/4001/p2p/12D3KooWJoEk3usVNLVrgYXCKsud5WXFBLbfEy6UM1YEr9MjDemb';

describe('IPFS keeps to itself', () => {
  const scope = useScope();
  const why = process.platform === 'linux' ? null : 'sockets of a process are read from /proc';

  it('an engine that shares and downloads listens on loopback alone, and speaks with nobody else', async function () {
    skipBecause(this, why);
    const content = new Content(2 * MIB);
    const path = join(tempFolder(scope), 'f.bin');
    writeFileSync(path, content.slice(0, content.sizeBytes));
    const server = await startIpfsServer(scope);
    await runCli(scope, ['ipfs', 'add', path, '--dir', server.folder], { cwd: server.folder });
    const sockets = socketsOf(server.child.pid ?? 0);
    assert.ok(
      sockets.some(({ listens }) => listens),
      'it listens',
    );
    assert.deepEqual(
      sockets.filter(({ local, remote }) => !isLoopback(local) || !isLoopback(remote)),
      [],
    );
  });

  it('does not dial a public address that it was told of', async () => {
    const node = await PeerNode.start({
      identity: await newIdentity(),
      listen: [],
      network: 'private',
      answersDht: false,
      mdns: false,
      bootstrap: [],
      allowedPeers: [],
    });
    scope.defer(() => node.close());
    const found = { id: peerIdFromString(PUBLIC.replace(/^.*\/p2p\//, '')), addresses: [multiaddr(PUBLIC)] };
    const begunMs = performance.now();
    await assert.rejects(node.connectFound(found, { signal: AbortSignal.timeout(4000) }), { code: 'peer-unreachable' });
    assert.ok(performance.now() - begunMs < 1000, 'it did not even try');
    assert.deepEqual(node.addresses, []);
  });

  it('refuses peers that are not on the list of those allowed', async () => {
    const dag = await dagOfFile(new Content(MIB).slice(0, MIB), OURS);
    const peer = await startOddPeer(scope, dag.blocks, {});
    const other = await startTestNode(scope);
    const engine = await startInProcessEngine(scope, {
      settings: {
        ipfs: { ...DEFAULT_IPFS, searchMs: 1000, peers: [peer.address], allowedPeers: [other.peerId.toString()] },
      },
    });
    assert.equal((await engine.failed(await engine.add(`ipfs://${dag.cid}`))).code, 'ipfs-no-provider');
    assert.equal(peer.asked.length, 0);
    assert.ok(addressOf(other));
  });

  it('does not listen elsewhere without a list of those allowed', async () => {
    const engine = await startInProcessEngine(scope, { settings: { ipfs: { ...DEFAULT_IPFS, host: '0.0.0.0' } } });
    await assert.rejects(engine.request('startIpfs', {}), { code: 'bad-option' });
  });

  it('gives nobody what was downloaded, only what is shared', async () => {
    const content = new Content(2 * MIB);
    const dag = await dagOfFile(content.slice(0, content.sizeBytes), OURS);
    const peer = await startOddPeer(scope, dag.blocks, {});
    const engine = await startInProcessEngine(scope, {
      settings: { ipfs: { ...DEFAULT_IPFS, peers: [peer.address] } },
    });
    const task = await engine.completed(await engine.add(`ipfs://${dag.cid}`, { fileName: 'f.bin' }));
    const { addresses } = await engine.request('startIpfs', {});
    const other = await startInProcessEngine(scope, {
      settings: { ipfs: { ...DEFAULT_IPFS, peers: [...addresses], searchMs: 1000 } },
    });
    assert.equal((await other.failed(await other.add(`ipfs://${dag.cid}`))).code, 'ipfs-no-provider');
    await engine.request('shareOnIpfs', { path: task.targetPath });
    await other.completed(await other.add(`ipfs://${dag.cid}`));
  });

  it('has its libraries in a bundle of their own', () => {
    const bundle = (name: string): string => readFileSync(join(import.meta.dirname, '../../dist', name), 'utf8');
    assert.match(bundle('ipfsNode.js'), /\/kad\//);
    for (const name of ['engine.js', 'cli.js', 'extension.js']) {
      assert.doesNotMatch(bundle(name), /createLibp2p|\/ipfs\/kad\/|\/noise/, name);
    }
  });
});

interface SocketRow {
  readonly local: string;
  readonly remote: string;
  readonly listens: boolean;
}

/** TCP and UDP sockets of a process, as the kernel has them; addresses in its hexadecimal. */
function socketsOf(pid: number): SocketRow[] {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    }),
  );
  return ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => inodes.has(fields[9] ?? ''))
      .map(([, local = '', remote = '', state]) => ({ local, remote, listens: state === '0A' })),
  );
}

/** 127.0.0.1, ::1, and the "nobody" of a socket that listens. */
function isLoopback(address: string): boolean {
  const host = address.split(':')[0] ?? '';
  const isNobody = /^0+$/.test(host) && address.endsWith(':0000');
  return isNobody || host.endsWith('7F') || /^0{24}01000000$/.test(host) || /^0{16}FFFF0000.*7F$/.test(host);
}
