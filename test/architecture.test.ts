import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERRORS } from '../src/contract/errors.ts';
import * as contributions from '../src/editor/contributions.ts';
import { findCycles } from './support/architecture/importCycles.ts';
import { forbiddenImports } from './support/architecture/importRules.ts';
import { readImports } from './support/architecture/readImports.ts';
import { skipBecause } from './support/skipBecause.ts';

const root = join(import.meta.dirname, '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

describe('architecture', () => {
  const sources = readImports(root, 'src');

  it('every import of src is allowed by the table of its folder', () => {
    assert.deepEqual(forbiddenImports(sources), []);
  });

  it('no file of src imports itself, also by way of others', () => {
    assert.deepEqual(findCycles(sources), []);
  });

  it('nothing has a default export', () => {
    const defaults = [...sources, ...readImports(root, 'test')].filter((file) => file.hasDefaultExport);
    assert.deepEqual(
      defaults.map((file) => file.path),
      [],
    );
  });

  it('files are small: half below 100 lines, nine in ten below 300, none above 500', () => {
    const lines = sources.map((file) => file.lines).sort((a, b) => a - b);
    const quantile = (share: number) => lines[Math.floor((lines.length - 1) * share)] ?? 0;
    assert.ok(quantile(0.5) < 100, `the median is ${quantile(0.5)} lines`);
    assert.ok(quantile(0.9) < 300, `one in ten has ${quantile(0.9)} lines or more`);
    const all = [...sources, ...readImports(root, 'test')];
    assert.deepEqual(
      all.filter((file) => file.lines > 500).map((file) => `${file.path}: ${file.lines}`),
      [],
    );
  });

  it('files and folders are not named for nothing in particular', () => {
    const vague = /^(utils?|helpers?|common|managers?|services?|misc|index)(\.|$)/i;
    // VS Code asks for an index.js to run the tests inside it, and its source is named alike.
    const found = sources.flatMap((file) => file.path.split('/').filter((part) => vague.test(part)));
    assert.deepEqual(found, []);
  });
});

describe('package.json and the code agree', () => {
  const { contributes } = manifest;

  it('on commands', () => {
    assert.deepEqual(ids(contributes.commands, 'command'), sorted(Object.values(contributions.COMMANDS)));
  });

  it('on the commands that menus and keys use', () => {
    const known = new Set<string>(Object.values(contributions.COMMANDS));
    const menus = Object.values(contributes.menus ?? {}) as { command?: string; submenu?: string }[][];
    const used = [...menus.flat(), ...(contributes.keybindings ?? [])].flatMap(({ command }) => command ?? []);
    assert.deepEqual(
      used.filter((id) => !known.has(id)),
      [],
    );
  });

  it('on settings', () => {
    const properties = [contributes.configuration].flat().flatMap((section) => Object.keys(section.properties));
    assert.deepEqual(sorted(properties), sorted(Object.values(contributions.SETTINGS)));
  });

  it('on views and their container', () => {
    const views = Object.values(contributes.views).flat() as { id: string }[];
    assert.deepEqual(ids(views, 'id'), sorted(Object.values(contributions.VIEWS)));
    assert.deepEqual(ids(contributes.viewsContainers.activitybar, 'id'), [contributions.VIEW_CONTAINER]);
    assert.deepEqual(Object.keys(contributes.views), [contributions.VIEW_CONTAINER]);
    assert.ok(manifest.activationEvents.includes(`onWebviewPanel:${contributions.PANEL_TYPE}`));
  });

  it('on context keys', () => {
    const known = new Set<string>([
      ...Object.values(contributions.CONTEXT_KEYS),
      ...Object.values(contributions.SETTINGS),
      ...Object.values(contributions.VIEWS),
    ]);
    const clauses = JSON.stringify(contributes).matchAll(/"(?:when|enablement)":"((?:[^"\\]|\\.)*)"/g);
    const asked = [...clauses].flatMap(([, clause]) => clause?.match(/\btributary\.[\w.]+/g) ?? []);
    assert.deepEqual(
      asked.filter((key) => !known.has(key)),
      [],
    );
    const unused = Object.values(contributions.CONTEXT_KEYS).filter((key) => !asked.includes(key));
    assert.deepEqual(unused, []);
  });

  it('on every text: what the manifest and the translations name is there', () => {
    const named = [...JSON.stringify(manifest).matchAll(/"%([\w.-]+)%"/g)].map(([, key]) => key);
    const texts = Object.keys(JSON.parse(readFileSync(join(root, 'package.nls.json'), 'utf8')));
    assert.deepEqual(sorted(new Set(named)), sorted(texts));
  });
});

describe('error codes', () => {
  it('are all in use: each is named outside of their list', () => {
    const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
    const code = files
      .filter((file) => file.endsWith('.ts') && !file.endsWith(join('contract', 'errors.ts')))
      .map((file) => readFileSync(join(root, 'src', file), 'utf8'))
      .join('\n');
    assert.deepEqual(
      Object.keys(ERRORS).filter((name) => !code.includes(`'${name}'`)),
      [],
    );
  });
});

describe('the README', () => {
  const readme = join(root, 'README.md');

  it('explains every error code', function () {
    const text = existsSync(readme) ? readFileSync(readme, 'utf8') : '';
    const table = /^#+ Errors$([\s\S]*?)(?=^#+ |(?![\s\S]))/m.exec(text)?.[1];
    skipBecause(this, table === undefined ? 'README.md has no section "Errors"' : null);
    const listed = [...(table ?? '').matchAll(/^\| *`([\w-]+)`/gm)].map(([, code]) => code);
    assert.deepEqual(sorted(listed), sorted(Object.keys(ERRORS)));
  });
});

function ids<K extends string>(entries: readonly Record<K, string>[], key: K): string[] {
  return sorted(entries.map((entry) => entry[key]));
}

function sorted(values: Iterable<string | undefined>): string[] {
  return [...values].map(String).sort();
}
