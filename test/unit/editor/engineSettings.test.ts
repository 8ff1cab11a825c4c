import assert from 'node:assert/strict';
import * as v from 'valibot';
import { DEFAULT_NETWORK, DEFAULT_SETTINGS, EngineSettings, NetworkSettings } from '../../../src/contract/settings.ts';
import { engineSettings, networkSettings } from '../../../src/editor/engineSettings.ts';

/** Those of the editor. */
const DEFAULTS: EngineSettings = { ...DEFAULT_SETTINGS, connectionsPerHost: 32 };

const reading = (values: Record<string, unknown>) => (key: string) => values[key];

describe('engineSettings', () => {
  const cases: readonly [string, Record<string, unknown>, Partial<EngineSettings>][] = [
    ['nothing set', {}, {}],
    [
      'what was set',
      {
        'tributary.parallelDownloads': 5,
        'tributary.connectionsPerDownload': 8,
        'tributary.speedLimit': '1.5M',
        'tributary.userAgent': ' Mine/1 ',
      },
      { parallelTasks: 5, lanesPerTask: 8, limitBytesPerSecond: 1_500_000, userAgent: 'Mine/1' },
    ],
    [
      'limits and checksums',
      {
        'tributary.limits.perHost': { 'example.org': '5M' },
        'tributary.limits.connectionsPerHost': 4,
        'tributary.limits.schedule': [{ days: ['mon'], from: '08:00', to: '18:00', limit: '2M' }],
        'tributary.findChecksums': true,
      },
      {
        hostLimits: { 'example.org': 5_000_000 },
        connectionsPerHost: 4,
        limitSchedule: [{ days: [1], fromMinute: 480, toMinute: 1080, bytesPerSecond: 2_000_000 }],
        findChecksums: true,
      },
    ],
    [
      'numbers out of bounds',
      { 'tributary.parallelDownloads': 0, 'tributary.connectionsPerDownload': 1000 },
      { parallelTasks: 1, lanesPerTask: 64 },
    ],
    [
      'values of the wrong type',
      { 'tributary.parallelDownloads': 'many', 'tributary.speedLimit': 'fast', 'tributary.userAgent': 7 },
      {},
    ],
  ];
  for (const [name, values, expected] of cases) {
    it(`takes ${name}`, () => {
      const settings = engineSettings(reading(values), 'info');
      assert.deepEqual(settings, { ...DEFAULTS, ...expected });
      assert.ok(v.is(EngineSettings, settings));
    });
  }
});

describe('engineSettings of nonsense', () => {
  it('tells each setting that makes no sense, and takes the default', () => {
    const values = {
      'tributary.parallelDownloads': 'many',
      'tributary.speedLimit': 'fast',
      'tributary.limits.perHost': 'all',
      'tributary.limits.connectionsPerHost': null,
      'tributary.limits.schedule': {},
      'tributary.findChecksums': 'yes',
      'tributary.userAgent': 'two\nlines',
    };
    const problems: string[] = [];
    const settings = engineSettings(reading(values), 'info', (problem) => problems.push(problem));
    assert.deepEqual(settings, DEFAULTS);
    assert.deepEqual(problems.map((problem) => problem.split(':', 1)[0]).sort(), Object.keys(values).sort());
    assert.ok(problems.includes('tributary.speedLimit: "fast" is not a speed such as 20M.'), problems.join('\n'));
  });

  it('is silent about what is empty', () => {
    engineSettings(reading({ 'tributary.speedLimit': ' ', 'tributary.userAgent': '' }), 'info', assert.fail);
  });
});

describe('networkSettings', () => {
  const cases: readonly [string, Record<string, unknown>, Partial<NetworkSettings>][] = [
    ['nothing set', {}, {}],
    [
      'what was set',
      {
        'http.proxy': 'http://proxy:3128',
        'http.noProxy': ['a.org', 1],
        'http.proxySupport': 'fallback',
        'http.proxyStrictSSL': false,
        'http.proxyAuthorization': 'Basic abc',
      },
      {
        proxy: 'http://proxy:3128',
        noProxy: ['a.org'],
        proxySupport: 'fallback',
        proxyStrictSSL: false,
        proxyAuthorization: 'Basic abc',
      },
    ],
    ['nonsense', { 'http.proxy': null, 'http.noProxy': 'a.org', 'http.proxySupport': 'perhaps' }, {}],
  ];
  for (const [name, values, expected] of cases) {
    it(`takes ${name}`, () => {
      const settings = networkSettings(reading(values));
      assert.deepEqual(settings, { ...DEFAULT_NETWORK, ...expected });
      assert.ok(v.is(NetworkSettings, settings));
    });
  }
});
