import assert from 'node:assert/strict';
import * as v from 'valibot';
import { DEFAULT_SEED_SETTINGS, SeedSettings } from '../../../../src/contract/seedApi.ts';
import { DEFAULT_IPFS, IpfsSettings } from '../../../../src/contract/settings.ts';
import { ipfsSettings } from '../../../../src/editor/seeds/ipfsSettings.ts';
import { seedSettings } from '../../../../src/editor/seeds/seedSettings.ts';

const reading = (values: Record<string, unknown>) => (key: string) => values[key];

describe('seedSettings', () => {
  it('takes what was set, and the key', () => {
    const values = {
      'tributary.seeds.ports': '8080-8082, 9000',
      'tributary.seeds.number': 3,
      'tributary.seeds.host': ' 0.0.0.0 ',
      'tributary.seeds.layout': 'classic',
      'tributary.seeds.connectionsPerSeed': 8,
      'tributary.seeds.uploadLimit': '1.5M',
    };
    const settings = seedSettings(reading(values), 's3cret', assert.fail);
    assert.ok(v.is(SeedSettings, settings));
    assert.deepEqual(settings, {
      ports: [8080, 8081, 8082, 9000],
      seedNumber: 3,
      host: '0.0.0.0',
      key: 's3cret',
      layout: 'classic',
      connectionsPerSeed: 8,
      uploadBytesPerSecond: 1_500_000,
    });
  });

  it('tells what makes no sense, and takes the default', () => {
    const values = {
      'tributary.seeds.ports': '80000',
      'tributary.seeds.number': -1,
      'tributary.seeds.host': '',
      'tributary.seeds.layout': 'old',
      'tributary.seeds.connectionsPerSeed': 0,
      'tributary.seeds.uploadLimit': 'fast',
    };
    const problems: string[] = [];
    assert.deepEqual(
      seedSettings(reading(values), null, (problem) => problems.push(problem)),
      DEFAULT_SEED_SETTINGS,
    );
    assert.deepEqual(
      problems.map((problem) => problem.split(':', 1)[0]),
      Object.keys(values),
    );
  });
});

describe('ipfsSettings', () => {
  it('takes what was set', () => {
    const values = {
      'tributary.ipfs.network': 'public',
      'tributary.ipfs.bootstrap': [' /dnsaddr/bootstrap.example.org ', ''],
      'tributary.ipfs.peers': ['/ip4/10.0.0.7/tcp/4001'],
      'tributary.ipfs.allowedPeers': ['12D3KooWx'],
      'tributary.ipfs.gateways': ['https://gateway.example.org'],
      'tributary.ipfs.host': '0.0.0.0',
      'tributary.ipfs.port': 4001,
      'tributary.ipfs.localDiscovery': true,
      'tributary.ipfs.storeSize': '2G',
      'tributary.ipfs.firstByteSeconds': 0.5,
    };
    const settings = ipfsSettings(reading(values), assert.fail);
    assert.ok(v.is(IpfsSettings, settings));
    assert.deepEqual(settings, {
      network: 'public',
      bootstrap: ['/dnsaddr/bootstrap.example.org'],
      peers: ['/ip4/10.0.0.7/tcp/4001'],
      allowedPeers: ['12D3KooWx'],
      gateways: ['https://gateway.example.org'],
      host: '0.0.0.0',
      port: 4001,
      mdns: true,
      storeBytes: 2_000_000_000,
      firstByteMs: 500,
    });
  });

  it('tells what makes no sense, and takes the default', () => {
    const values = {
      'tributary.ipfs.network': 'secret',
      'tributary.ipfs.bootstrap': 'all',
      'tributary.ipfs.peers': [1],
      'tributary.ipfs.allowedPeers': {},
      'tributary.ipfs.gateways': ['ftp://example.org'],
      'tributary.ipfs.host': ' ',
      'tributary.ipfs.port': 70_000,
      'tributary.ipfs.localDiscovery': 'yes',
      'tributary.ipfs.storeSize': 'big',
      'tributary.ipfs.firstByteSeconds': 1000,
    };
    const problems: string[] = [];
    assert.deepEqual(
      ipfsSettings(reading(values), (problem) => problems.push(problem)),
      DEFAULT_IPFS,
    );
    assert.deepEqual(
      problems.map((problem) => problem.split(':', 1)[0]),
      Object.keys(values),
    );
  });

  it('tells of a gateway that is no link, which no download could use', () => {
    for (const gateway of ['https://gate way.example.org', 'http://[::1', 'https://example.org:port']) {
      const problems: string[] = [];
      const { gateways } = ipfsSettings(reading({ 'tributary.ipfs.gateways': [gateway] }), (it) => problems.push(it));
      assert.deepEqual(gateways, DEFAULT_IPFS.gateways);
      assert.equal(problems.length, 1, gateway);
    }
  });
});
