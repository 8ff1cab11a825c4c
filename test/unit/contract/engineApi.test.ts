import assert from 'node:assert/strict';
import * as v from 'valibot';
import { AddParams, REQUEST_PARAMS, Rendezvous } from '../../../src/contract/engineApi.ts';
import { DEFAULT_NETWORK, DEFAULT_SETTINGS, EngineSettings, NetworkSettings } from '../../../src/contract/settings.ts';

describe('EngineSettings', () => {
  it('has valid defaults', () => {
    assert.deepEqual(v.parse(EngineSettings, DEFAULT_SETTINGS), DEFAULT_SETTINGS);
    assert.deepEqual(v.parse(NetworkSettings, DEFAULT_NETWORK), DEFAULT_NETWORK);
  });

  const edges: [name: keyof EngineSettings, good: unknown[], bad: unknown[]][] = [
    ['parallelTasks', [1, 64], [0, 65, 1.5, -1, '3', null, Number.NaN]],
    ['lanesPerTask', [1, 64], [0, 65, 1.5, Number.POSITIVE_INFINITY]],
    ['limitBytesPerSecond', [0, 1, 1e12], [-1, 0.5, Number.POSITIVE_INFINITY, '1M']],
    ['userAgent', ['', 'x'.repeat(1024)], ['x'.repeat(1025), 5, 'a\r\nhost: evil', 'a\n', 'Ċ']],
    ['logLevel', ['trace', 'off'], ['', 'verbose', 0]],
  ];
  for (const [name, good, bad] of edges) {
    it(`${name}: takes what is allowed and nothing else`, () => {
      for (const value of good)
        assert.ok(v.safeParse(EngineSettings, { ...DEFAULT_SETTINGS, [name]: value }).success, `${value}`);
      for (const value of bad) {
        assert.ok(!v.safeParse(EngineSettings, { ...DEFAULT_SETTINGS, [name]: value }).success, JSON.stringify(value));
      }
    });
  }
});

describe('AddParams', () => {
  const good = { address: 'https://example.com/a', folder: '/x' };
  const cases: [what: string, params: unknown, valid: boolean][] = [
    ['the least', good, true],
    ['everything', { ...good, fileName: 'a', checksum: 'x', headers: { a: 'b' }, exists: 'skip' }, true],
    ['no folder', { address: good.address }, false],
    ['an empty folder', { ...good, folder: '' }, false],
    ['an empty name', { ...good, fileName: '' }, false],
    ['a link of 64 KiB', { ...good, address: 'x'.repeat(65_536) }, true],
    ['a longer link', { ...good, address: 'x'.repeat(65_537) }, false],
    ['another policy', { ...good, exists: 'overwrite' }, false],
    ['a header that is no text', { ...good, headers: { a: 5 } }, false],
    ['text', 'https://example.com/a', false],
  ];
  for (const [what, params, valid] of cases) {
    it(`${what}: ${valid ? 'taken' : 'refused'}`, () => assert.equal(v.safeParse(AddParams, params).success, valid));
  }
});

describe('requests', () => {
  it('without parameters take nothing, or an empty object', () => {
    for (const name of ['list', 'leave', 'pauseAll', 'resumeAll', 'clearCompleted'] as const) {
      assert.ok(v.safeParse(REQUEST_PARAMS[name], undefined).success);
      assert.ok(v.safeParse(REQUEST_PARAMS[name], {}).success);
      assert.ok(!v.safeParse(REQUEST_PARAMS[name], 'x').success);
    }
  });

  it('about a task need its id', () => {
    for (const name of ['pause', 'resume', 'cancel', 'retry', 'remove', 'link', 'sha256'] as const) {
      assert.ok(v.safeParse(REQUEST_PARAMS[name], { id: 'abcd1234' }).success);
      for (const params of [undefined, {}, { id: 5 }]) assert.ok(!v.safeParse(REQUEST_PARAMS[name], params).success);
    }
    assert.ok(v.safeParse(REQUEST_PARAMS.move, { id: 'a', direction: 'up' }).success);
    assert.ok(!v.safeParse(REQUEST_PARAMS.move, { id: 'a', direction: 'left' }).success);
  });
});

describe('Rendezvous', () => {
  it('needs all of its fields', () => {
    const whole = { socket: '/s', pid: 5, protocolVersion: 1, engineVersion: '1.0.0', secret: 'x' };
    assert.deepEqual(v.parse(Rendezvous, whole), whole);
    for (const name of Object.keys(whole))
      assert.ok(!v.safeParse(Rendezvous, { ...whole, [name]: undefined }).success, name);
  });
});
