import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERRORS } from '../../../src/contract/errors.ts';

const root = join(import.meta.dirname, '../../..');

/** Every text that the code gives to a `t`. */
function textsInCode(): Set<string> {
  const folder = join(root, 'src/editor');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const code = files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
  return new Set([...code.matchAll(/\bt\(\s*'((?:[^'\\]|\\.)*)'/g)].map(([, text]) => text ?? ''));
}

describe('l10n/bundle.l10n.json', () => {
  const bundle: Record<string, string> = JSON.parse(readFileSync(join(root, 'l10n/bundle.l10n.json'), 'utf8'));

  it('holds every text of the code and every error, and nothing else', () => {
    const expected = [...textsInCode(), ...Object.values(ERRORS).map(({ message }) => message)];
    assert.deepEqual(Object.keys(bundle).sort(), [...new Set(expected)].sort());
  });

  it('is the English original', () => {
    assert.deepEqual(Object.keys(bundle), Object.values(bundle));
  });
});
