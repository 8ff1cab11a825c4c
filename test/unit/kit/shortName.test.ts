import assert from 'node:assert/strict';
import { shortName } from '../../../src/kit/shortName.ts';

describe('shortName', () => {
  const cases: [name: string, expected: string][] = [
    ['model.gguf', 'model.gguf'],
    ['abcdefghijklmnopqrstuvwxyz', 'abcdefghijklmnopqrstuvwxyz'],
    ['debian-12.9.0-amd64-DVD-1.iso', 'debian-12.9.0-a…-DVD-1.iso'],
    ['🎬'.repeat(30), `${'🎬'.repeat(15)}…${'🎬'.repeat(10)}`],
  ];
  for (const [name, expected] of cases) it(`makes ${expected}`, () => assert.equal(shortName(name), expected));
});
