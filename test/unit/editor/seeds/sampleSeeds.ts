import type { IpfsSnapshot } from '../../../../src/contract/ipfs.ts';
import type { SeedPeerSnapshot, ShareSnapshot, SharingSnapshot } from '../../../../src/contract/seedApi.ts';
import type { SeedsState } from '../../../../src/editor/seeds/seedsMirror.ts';

export const SHA256 = 'a'.repeat(64);

export const NOTHING: SeedsState = { sharing: null, found: null, ipfs: null, downloadOf: () => null };

export function sampleSeed(changes: Partial<SeedPeerSnapshot> = {}): SeedPeerSnapshot {
  return {
    address: '127.0.0.1:8081',
    port: 8081,
    seedNumber: 2,
    state: 'up',
    known: true,
    form: 'fast',
    files: [{ name: 'a.bin', sizeBytes: 1_000_000, sha256: SHA256 }],
    unlisted: 0,
    error: null,
    ...changes,
  };
}

export function downSeed(known: boolean): SeedPeerSnapshot {
  const error = { code: 'connection-refused', args: { host: '127.0.0.1:8082' } } as const;
  return sampleSeed({ address: '127.0.0.1:8082', port: 8082, state: 'down', known, form: null, files: [], error });
}

export function sampleShare(changes: Partial<ShareSnapshot> = {}): ShareSnapshot {
  return {
    id: 'share001',
    kind: 'folder',
    path: '/home/me/models',
    files: 2,
    hidden: 0,
    sizeBytes: 30_000_000,
    address: 'seed://127.0.0.1:8080',
    link: 'http://127.0.0.1:8080/files',
    bytesServed: 0,
    hashing: 0,
    error: null,
    ...changes,
  };
}

export function sampleSharing(changes: Partial<SharingSnapshot> = {}): SharingSnapshot {
  return {
    state: 'listening',
    address: '127.0.0.1:8080',
    port: 8080,
    error: null,
    shares: [sampleShare()],
    peers: [],
    bytesServed: 0,
    ...changes,
  };
}

export function sampleIpfs(changes: Partial<IpfsSnapshot> = {}): IpfsSnapshot {
  return {
    state: 'serving',
    network: 'private',
    peerId: '12D3KooWown',
    addresses: ['/ip4/127.0.0.1/tcp/4001/p2p/12D3KooWown'],
    peers: [],
    files: [
      {
        cid: 'bafyfile',
        address: 'ipfs://bafyfile?filename=a.bin',
        name: 'a.bin',
        path: '/home/me/a.bin',
        sizeBytes: 1_000_000,
        addedAt: 0,
        provided: true,
      },
    ],
    additions: [],
    sentBytes: 0,
    error: null,
    ...changes,
  };
}
