import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { engineSettings } from '../../../src/editor/engineSettings.ts';
import { hubSettings } from '../../../src/editor/hub/hubSettings.ts';
import { seedSettings } from '../../../src/editor/seeds/seedSettings.ts';

/** The defaults that package.json promises; what makes no sense is to count as these. */
function promised(): Record<string, unknown> {
  const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8'));
  const properties = Object.entries<{ default: unknown }>(manifest.contributes.configuration.properties);
  return Object.fromEntries(properties.map(([key, property]) => [key, property.default]));
}

describe('a setting that makes no sense', () => {
  const defaults = promised();
  const read = (key: string) => defaults[key];
  const nonsense = () => ({ not: 'sensible' });
  const unexpected = (problem: string) => assert.fail(problem);

  it('counts as what package.json promises', () => {
    assert.deepEqual(engineSettings(nonsense, 'info'), engineSettings(read, 'info', unexpected));
    assert.deepEqual(seedSettings(nonsense, null), seedSettings(read, null, unexpected));
    assert.deepEqual(hubSettings(nonsense), hubSettings(read, unexpected));
  });

  it('is told, also of a hub', () => {
    const told: string[] = [];
    const values: Record<string, unknown> = {
      ...defaults,
      'tributary.hub.port': '9000',
      'tributary.hub.folder': 'hub',
    };
    hubSettings(
      (key) => values[key],
      (problem) => told.push(problem),
    );
    assert.deepEqual(told, [
      'tributary.hub.port: "9000" is not a port.',
      'tributary.hub.folder: "hub" is not an absolute path.',
    ]);
  });
});
