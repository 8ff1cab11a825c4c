import assert from 'node:assert/strict';
import { fillTemplate } from '../../../../src/contract/errors.ts';
import type { TaskStatus } from '../../../../src/contract/task.ts';
import { seedsLine } from '../../../../src/editor/seeds/seedsLine.ts';
import type { SeedsState } from '../../../../src/editor/seeds/seedsMirror.ts';
import type { SeedsNode } from '../../../../src/editor/seeds/seedsNode.ts';
import { accessibilityLabel } from '../../../../src/editor/seeds/treeLine.ts';
import type { Translate } from '../../../../src/editor/translate.ts';
import { sampleTask } from '../sampleTask.ts';
import { downSeed, NOTHING, SHA256, sampleIpfs, sampleSeed, sampleShare, sampleSharing } from './sampleSeeds.ts';

const t: Translate = (message, args) => fillTemplate(message, args ?? {});

const COMPLETED = { state: 'completed', verification: 'verified', sha256: null, finishedAt: 1 } as const;

/** A download from the second seed that has the file. */
function downloaded(sizeBytes: number): SeedsState['downloadOf'] {
  return (address) => (address.includes(':8083/') ? sampleTask({ sizeBytes, status: COMPLETED }) : null);
}

function text(state: SeedsState, node: SeedsNode): string | null {
  const line = seedsLine(state, node, t);
  return line && `${line.label} | ${line.description} | ${line.contextValue}`;
}

describe('seedsLine', () => {
  const file = { name: 'a.bin', sizeBytes: 1_000_000, sha256: SHA256 };
  const found = {
    peers: [sampleSeed(), downSeed(true)],
    files: [{ ...file, addresses: ['seed://127.0.0.1:8081/a.bin', 'seed://127.0.0.1:8083/a.bin'] }],
  };
  const busy = { code: 'port-in-use', args: { host: '127.0.0.1', port: 8080 } } as const;
  const gone = { code: 'file-missing', args: { path: '/home/me/models' } } as const;
  const share: SeedsNode = { kind: 'share', id: 'share001' };
  const cases: readonly [string, SeedsState, SeedsNode, string | null][] = [
    [
      'the group of what was found',
      { ...NOTHING, found },
      { kind: 'seedsGroup', group: 'found' },
      'Seeds Found | 1 seed · 1 file | seedsGroup.found',
    ],
    [
      'a seed',
      { ...NOTHING, found },
      { kind: 'seed', address: '127.0.0.1:8081' },
      '127.0.0.1:8081 | 1 file · 1.0 MB | seed.up',
    ],
    [
      'a seed with more files than are listed',
      { ...NOTHING, found: { peers: [sampleSeed({ form: 'classic', unlisted: 499 })], files: [] } },
      { kind: 'seed', address: '127.0.0.1:8081' },
      '127.0.0.1:8081 | 1 of 500 files · 1.0 MB | seed.up',
    ],
    [
      'a seed that is down',
      { ...NOTHING, found },
      { kind: 'seed', address: '127.0.0.1:8082' },
      '127.0.0.1:8082 | down | seed.down',
    ],
    [
      'a file',
      { ...NOTHING, found },
      { kind: 'seedFile', seed: '127.0.0.1:8081', name: 'a.bin' },
      'a.bin | 1.0 MB | seedFile',
    ],
    [
      'a file that was downloaded from there',
      { ...NOTHING, found, downloadOf: downloaded(1_000_000) },
      { kind: 'seedFile', seed: '127.0.0.1:8081', name: 'a.bin' },
      'a.bin | 1.0 MB · downloaded | seedFile',
    ],
    [
      'a file that has taken the place of one that was',
      { ...NOTHING, found, downloadOf: downloaded(2_000_000) },
      { kind: 'seedFile', seed: '127.0.0.1:8081', name: 'a.bin' },
      'a.bin | 1.0 MB | seedFile',
    ],
    [
      'a folder that is shared',
      { ...NOTHING, sharing: sampleSharing() },
      share,
      'models | 2 files · 30.0 MB | share.folder',
    ],
    [
      'a file that was served',
      {
        ...NOTHING,
        sharing: sampleSharing({ shares: [sampleShare({ kind: 'file', path: '/a.bin', bytesServed: 2_000_000 })] }),
      },
      share,
      'a.bin | 30.0 MB · 2.0 MB sent | share.file',
    ],
    [
      'why a share cannot be seen',
      { ...NOTHING, sharing: sampleSharing({ shares: [sampleShare({ error: busy })] }) },
      share,
      'models | 127.0.0.1:8080 is used by another program already. | share.folder',
    ],
    [
      'how many files of a folder nobody sees',
      { ...NOTHING, sharing: sampleSharing({ shares: [sampleShare({ hidden: 3 })] }) },
      share,
      'models | 2 files · 30.0 MB · 3 hidden | share.folder',
    ],
    [
      'that nobody sees a file',
      { ...NOTHING, sharing: sampleSharing({ shares: [sampleShare({ kind: 'file', sizeBytes: 0, hidden: 1 })] }) },
      share,
      'models | nobody sees it: another file of this name is shared | share.file',
    ],
    [
      'that what is shared has gone',
      { ...NOTHING, sharing: sampleSharing({ shares: [sampleShare({ error: gone })] }) },
      share,
      'models | is gone; shared again when it is back | share.folder',
    ],
    [
      'once that nobody can reach what is shared, for all of it',
      { ...NOTHING, sharing: sampleSharing({ address: null, error: busy }) },
      { kind: 'seedsGroup', group: 'shared' },
      'Shared by You | 127.0.0.1:8080 is used by another program already. | seedsGroup.shared.failed',
    ],
    [
      'of each only what is its own trouble then',
      { ...NOTHING, sharing: sampleSharing({ address: null, error: busy, shares: [sampleShare({ error: busy })] }) },
      share,
      'models | 2 files · 30.0 MB | share.folder',
    ],
    [
      'who has just gone',
      {
        ...NOTHING,
        sharing: sampleSharing({ peers: [{ address: '127.0.0.1:5', connections: 0, bytesServed: 5_000_000 }] }),
      },
      { kind: 'taker', address: '127.0.0.1:5' },
      '127.0.0.1:5 | 5.0 MB sent | taker',
    ],
    [
      'who takes something',
      {
        ...NOTHING,
        sharing: sampleSharing({ peers: [{ address: '127.0.0.1:5', connections: 2, bytesServed: 5_000_000 }] }),
      },
      { kind: 'taker', address: '127.0.0.1:5' },
      '127.0.0.1:5 | 5.0 MB sent · 2 connections | taker',
    ],
    [
      'the IPFS node',
      { ...NOTHING, ipfs: sampleIpfs() },
      { kind: 'seedsGroup', group: 'ipfs' },
      'IPFS | private network · no peer | seedsGroup.ipfs.serving',
    ],
    [
      'a file on IPFS',
      { ...NOTHING, ipfs: sampleIpfs() },
      { kind: 'ipfsFile', cid: 'bafyfile' },
      'a.bin | 1.0 MB · announced | ipfs.file',
    ],
    [
      'a file whose CID is being computed',
      { ...NOTHING, ipfs: sampleIpfs({ additions: [{ path: '/b.bin', readBytes: 1, sizeBytes: 3 }] }) },
      { kind: 'ipfsAddition', path: '/b.bin' },
      'b.bin | computing its CID, 33 % | ipfs.addition',
    ],
    ['nothing in the place of what is gone', NOTHING, share, null],
  ];
  for (const [name, state, node, expected] of cases) {
    it(`tells ${name}`, () => assert.equal(text(state, node), expected));
  }

  it('tells in the tooltip how many seeds have a file, and its digest', () => {
    const line = seedsLine({ ...NOTHING, found }, { kind: 'seedFile', seed: '127.0.0.1:8081', name: 'a.bin' }, t);
    assert.deepEqual(line?.tooltip.slice(1), [
      { label: 'SHA-256', value: SHA256 },
      { label: 'Offered by', value: '2 seeds' },
    ]);
  });

  it('folds a seed of many files up, and downloads a file by a click', () => {
    const files = Array.from({ length: 500 }, (_, index) => ({ ...file, name: `file ${index}` }));
    const many = { ...NOTHING, found: { peers: [sampleSeed({ files })], files: [] } };
    const seed: SeedsNode = { kind: 'seed', address: '127.0.0.1:8081' };
    assert.equal(seedsLine(many, seed, t)?.folding, 'closed');
    assert.equal(seedsLine({ ...NOTHING, found }, seed, t)?.folding, 'open');
    assert.equal(seedsLine(many, { kind: 'seedFile', seed: seed.address, name: 'file 9' }, t)?.click, 'download');
  });

  it('has room for what happens to a file behind a long name, all of which is heard', () => {
    const name = 'debian-12.9.0-amd64-DVD-1.iso';
    const peers = [sampleSeed({ files: [{ ...file, name }] })];
    const state = (status: TaskStatus): SeedsState => ({
      ...NOTHING,
      found: { peers, files: [{ ...file, name, addresses: [`seed://127.0.0.1:8081/${name}`] }] },
      downloadOf: () => sampleTask({ sizeBytes: file.sizeBytes, status }),
    });
    const line = (status: TaskStatus) => {
      const seen = seedsLine(state(status), { kind: 'seedFile', seed: '127.0.0.1:8081', name }, t);
      return seen && [seen.label, seen.description, seen.icon?.id, accessibilityLabel(seen)];
    };
    const short = 'debian-12.9.0-a…-DVD-1.iso';
    const error = { code: 'connection-refused', args: { host: 'h' } } as const;
    assert.deepEqual(line({ state: 'failed', error }), [short, '1.0 MB · Failed', 'error', `${name}, 1.0 MB, Failed`]);
    const waiting = '1.0 MB · waiting to try again';
    assert.deepEqual(line({ state: 'failed', error, retryAt: 1 })?.slice(0, 3), [short, waiting, 'warning']);
    assert.deepEqual(line({ state: 'paused', reason: error })?.slice(1, 3), ['1.0 MB · Paused', 'warning']);
    assert.equal(line(COMPLETED)?.[0], name);
  });

  it('has nothing to unfold where nobody was found', () => {
    const group: SeedsNode = { kind: 'seedsGroup', group: 'found' };
    assert.equal(seedsLine({ ...NOTHING, found }, group, t)?.folding, 'open');
    assert.equal(seedsLine({ ...NOTHING, found: { peers: [downSeed(false)], files: [] } }, group, t)?.folding, 'none');
  });

  it('is read without signs between its parts', () => {
    const line = seedsLine({ ...NOTHING, sharing: sampleSharing() }, share, t);
    assert.equal(line && accessibilityLabel(line), 'models, 2 files, 30.0 MB');
  });
});
