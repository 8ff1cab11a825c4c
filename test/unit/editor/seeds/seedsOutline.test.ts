import assert from 'node:assert/strict';
import type { SeedsState } from '../../../../src/editor/seeds/seedsMirror.ts';
import { keyOf, type SeedsNode } from '../../../../src/editor/seeds/seedsNode.ts';
import { seedsChildren, seedsParent } from '../../../../src/editor/seeds/seedsOutline.ts';
import { downSeed, NOTHING, sampleIpfs, sampleSeed, sampleSharing } from './sampleSeeds.ts';

const NUMBERED = ['z 100', 'b', 'Ä', 'z 10', 'a 9'].map((name) => ({ name, sizeBytes: 1, sha256: null }));

/** All lines, indented as in the view. */
function outline(state: SeedsState, parent: SeedsNode | null = null, indent = ''): string[] {
  return seedsChildren(state, parent).flatMap((node) => [indent + keyOf(node), ...outline(state, node, `${indent}  `)]);
}

describe('seedsChildren', () => {
  const cases: readonly [string, SeedsState, string[]][] = [
    ['nothing before anything is known', NOTHING, []],
    [
      'nothing when nobody is there, for the welcome text',
      {
        ...NOTHING,
        found: { peers: [downSeed(false)], files: [] },
        sharing: sampleSharing({ shares: [] }),
        ipfs: sampleIpfs({ state: 'off', files: [] }),
      },
      [],
    ],
    [
      'seeds with their files; one that went down, and not a port at which nobody was ever seen',
      { ...NOTHING, found: { peers: [sampleSeed(), downSeed(true), { ...downSeed(false), address: 'x' }], files: [] } },
      ['seedsGroup:found', '  seed:127.0.0.1:8081', '    seedFile:127.0.0.1:8081/a.bin', '  seed:127.0.0.1:8082'],
    ],
    [
      'files in the order of people',
      { ...NOTHING, found: { peers: [sampleSeed({ files: NUMBERED })], files: [] } },
      [
        'seedsGroup:found',
        '  seed:127.0.0.1:8081',
        ...['Ä', 'a 9', 'b', 'z 10', 'z 100'].map((name) => `    seedFile:127.0.0.1:8081/${name}`),
      ],
    ],
    [
      'what is shared, and who takes it',
      { ...NOTHING, sharing: sampleSharing({ peers: [{ address: '127.0.0.1:5', connections: 1, bytesServed: 1 }] }) },
      ['seedsGroup:shared', '  share:share001', '  taker:127.0.0.1:5'],
    ],
    [
      'that nobody was found, beside what is shared',
      { ...NOTHING, found: { peers: [], files: [] }, sharing: sampleSharing() },
      ['seedsGroup:found', 'seedsGroup:shared', '  share:share001'],
    ],
    [
      'the IPFS node with what it adds, offers and knows, each peer once',
      {
        ...NOTHING,
        ipfs: sampleIpfs({
          additions: [{ path: '/b.bin', readBytes: 1, sizeBytes: 2 }],
          peers: [
            { id: 'p1', address: '/ip4/1.2.3.4/tcp/1', direction: 'inbound' },
            { id: 'p1', address: '/ip4/1.2.3.4/tcp/2', direction: 'outbound' },
          ],
        }),
      },
      ['seedsGroup:ipfs', '  ipfsAddition:/b.bin', '  ipfsFile:bafyfile', '  ipfsPeers:', '    ipfsPeer:p1'],
    ],
    [
      'a node that could not start',
      {
        ...NOTHING,
        ipfs: sampleIpfs({ state: 'off', files: [], error: { code: 'ipfs-unavailable', args: { reason: 'x' } } }),
      },
      ['seedsGroup:ipfs'],
    ],
  ];
  for (const [name, state, expected] of cases) {
    it(`shows ${name}`, () => assert.deepEqual(outline(state), expected));

    it(`knows what stands above each line of ${name}`, () => {
      const compare = (parent: SeedsNode | null) => {
        for (const node of seedsChildren(state, parent)) {
          assert.deepEqual(seedsParent(node), parent);
          compare(node);
        }
      };
      compare(null);
    });
  }
});
