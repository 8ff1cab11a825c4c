import { isBuiltin } from 'node:module';
import type { SourceText } from './readImports.ts';

/** Pure: functions of bytes and texts, which every stage may ask. */
const PURE = ['src/engine/intake/', 'src/engine/protocols/', 'src/contract/', 'src/kit/'];

/**
 * Folder (or file) of src → what of ours it may import besides itself. The longest matching entry holds; the reasons are
 * in src/README.md.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'src/contract/': [],
  'src/kit/': [],
  'src/engine/intake/': ['src/contract/', 'src/kit/'],
  'src/engine/protocols/': ['src/contract/', 'src/kit/'],
  'src/engine/net/': PURE,
  'src/engine/disk/': ['src/contract/', 'src/kit/'],
  'src/engine/sources/': ['src/engine/net/', ...PURE],
  'src/engine/transfer/': ['src/engine/sources/source.ts', 'src/engine/disk/', 'src/contract/', 'src/kit/'],
  'src/engine/tasks/': ['src/engine/transfer/', 'src/engine/disk/', 'src/engine/sources/source.ts', ...PURE],
  'src/engine/share/': ['src/engine/net/', 'src/engine/disk/', ...PURE],
  // The engine's own top level puts the stages together.
  'src/engine/': ['src/engine/', 'src/contract/', 'src/kit/'],
  'src/editor/': ['src/contract/', 'src/kit/'],
  // Whose process is alive, and where, is told in one way.
  'src/editor/engineProcess.ts': ['src/editor/', 'src/contract/', 'src/kit/', 'src/engine/disk/processIdentity.ts'],
  'src/extension.ts': ['src/editor/', 'src/contract/', 'src/kit/'],
  'src/panel/': ['src/contract/', 'src/kit/'],
  'src/cli/': ['src/engine/', 'src/contract/', 'src/kit/'],
};

/** Modules that give power over the machine or the editor → where they may be imported. */
const RESTRICTED: readonly { readonly modules: RegExp; readonly allowedIn: readonly string[] }[] = [
  {
    modules: /^(libp2p|@libp2p\/.*|@multiformats\/.*|@helia\/.*)$/,
    allowedIn: ['src/engine/net/ipfs/'],
  },
  { modules: /^vscode$/, allowedIn: ['src/editor/', 'src/extension.ts'] },
  { modules: /^node:(net|http|https|http2|tls|dns)(\/.*)?$/, allowedIn: ['src/engine/net/'] },
  { modules: /^node:fs(\/.*)?$/, allowedIn: ['src/engine/disk/'] },
  { modules: /^node:child_process$/, allowedIn: [] },
];

/** File → a restricted module it needs all the same, and why. */
const EXCEPTIONS: readonly (readonly [file: string, module: string, reason: string])[] = [
  ['src/engine/net/certificates.ts', 'node:fs', 'reads the certificates that the user names'],
  ['src/editor/engineProcess.ts', 'node:child_process', 'starts the engine'],
  ['src/editor/engineProcess.ts', 'node:fs', 'reads the rendezvous file'],
  ['src/editor/stateFolder.ts', 'node:fs', 'looks for the folder of this machine'],
  ['src/editor/watchEngineStart.ts', 'node:fs', 'sees that an engine has started'],
  ['src/editor/engineClient.ts', 'node:net', 'connects to the engine'],
  ['src/cli/runningEngine.ts', 'node:net', 'connects to a running engine'],
  ['src/cli/runFolder.ts', 'node:fs', 'removes the state folder of its own run'],
  ['src/cli/readInput.ts', 'node:fs', 'reads the list of links that --input names'],
];

/** Folders that run where Node's modules do not exist, or are to work anywhere. */
const WITHOUT_NODE = ['src/contract/', 'src/kit/', 'src/panel/'];

/** One sentence for each import that breaks a rule. */
export function forbiddenImports(files: readonly SourceText[]): readonly string[] {
  return files.flatMap(({ path, imports }) =>
    imports.flatMap(({ target, typeOnly }) => {
      const why = target.startsWith('src/') ? whyNotOurs(path, target) : whyNotForeign(path, target, typeOnly);
      return why === null ? [] : [`${path} imports ${target}: ${why}`];
    }),
  );
}

function whyNotOurs(path: string, target: string): string | null {
  const folder = Object.keys(MAY_IMPORT)
    .filter((prefix) => path.startsWith(prefix))
    .reduce((longest, prefix) => (prefix.length > longest.length ? prefix : longest), '');
  if (folder === '') return 'its folder is not in the table of import rules';
  if (target.startsWith(folder)) return null;
  const allowed = MAY_IMPORT[folder] ?? [];
  return allowed.some((prefix) => target.startsWith(prefix)) ? null : `${folder} may not import that`;
}

function whyNotForeign(path: string, target: string, typeOnly: boolean): string | null {
  if (target.startsWith('..')) return 'it lies outside of src';
  if (isBuiltin(target) && !target.startsWith('node:')) return 'write it with node: in front';
  if (target.startsWith('node:') && WITHOUT_NODE.some((prefix) => path.startsWith(prefix))) {
    return 'this folder does without Node';
  }
  // A type of another module gives no power.
  if (typeOnly && target !== 'vscode') return null;
  const rule = RESTRICTED.find(({ modules }) => modules.test(target));
  if (rule === undefined || rule.allowedIn.some((prefix) => path.startsWith(prefix))) return null;
  const excepted = EXCEPTIONS.some(([file, module]) => path === file && target.replace(/\/promises$/, '') === module);
  return excepted ? null : `only ${rule.allowedIn.join(', ') || 'listed exceptions'} may`;
}
