// Builds every bundle into dist/. Plain CommonJS, so that it needs nothing but Node and esbuild.
//   node esbuild.js [--production] [--watch] [--tests] [bundle names ...]
// This is also the place where the borders between the processes are guarded: `vscode` is external for the extension
// alone (anything else that imports it does not build), and a production build fails when a bundle outgrows its budget
// or when the extension bundle holds something that must live in the engine's process.
const esbuild = require('esbuild');
const fs = require('node:fs');
const path = require('node:path');

const KB = 1000;

/** Name → what goes in, what comes out, how big it may become. */
const BUNDLES = {
  extension: { entry: 'src/extension.ts', out: 'extension.js', host: 'editor', budgetBytes: 150 * KB, inEditor: true },
  // What speaks to the engine; loaded when it is first needed, so that a start of the editor does not wait for it.
  engineConnection: {
    entry: 'src/editor/engineProcess.ts',
    out: 'engineConnection.js',
    host: 'node',
    budgetBytes: 120 * KB,
    inEditor: true,
  },
  engine: { entry: 'src/engine/main.ts', out: 'engine.js', host: 'node', budgetBytes: 1000 * KB },
  cli: { entry: 'src/cli/main.ts', out: 'cli.js', host: 'node', banner: '#!/usr/bin/env node' },
  hashWorker: { entry: 'src/engine/disk/hashWorker.ts', out: 'hashWorker.js', host: 'node' },
  ipfsNode: {
    entry: 'src/engine/ipfs/ipfsNode.ts',
    out: 'ipfsNode.js',
    host: 'node',
    // What its libraries need; it is loaded only when it is used, and the rest runs on older ones.
    target: 'node22',
    budgetBytes: 1200 * KB,
  },
  panel: { entry: 'src/panel/main.ts', out: 'panel.js', host: 'browser', budgetBytes: 200 * KB },
};
// Mocha loads its parts by computed names and is therefore taken from node_modules.
const TESTS_IN_HOST = {
  entry: 'test/editor/inHost/index.ts',
  out: 'test/index.js',
  host: 'editor',
  external: ['mocha'],
};

/**
 * Inputs the extension bundle must not have: they belong into the engine's process. Merely loading undici, which some
 * package may bring along, would replace the process-wide dispatcher that every other extension's `fetch` uses. Whose
 * process is alive, and where, is told in one way by both sides.
 */
const FORBIDDEN_IN_EXTENSION = [
  /node_modules\/undici\//,
  /node_modules\/(@libp2p|libp2p)\//,
  /^src\/engine\/(?!disk\/processIdentity\.ts$)/,
];

/** The sources say `import.meta` (tests run them as ES modules); the CommonJS bundles have other words for it. */
const IMPORT_META = {
  'import.meta.dirname': '__dirname',
  'import.meta.filename': '__filename',
  'import.meta.url': 'importMetaUrl',
};
const IMPORT_META_BANNER = "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;";

function optionsOf(bundle, { production, plugins }) {
  const browser = bundle.host === 'browser';
  return {
    absWorkingDir: __dirname,
    entryPoints: [bundle.entry],
    outfile: `dist/${bundle.out}`,
    bundle: true,
    metafile: true,
    format: browser ? 'iife' : 'cjs',
    platform: browser ? 'browser' : 'node',
    // Each is the oldest that VS Code 1.122 brings.
    target: browser ? 'chrome146' : (bundle.target ?? 'node20.18'),
    external: [...(bundle.host === 'editor' ? ['vscode'] : []), ...(bundle.external ?? [])],
    define: browser ? {} : IMPORT_META,
    banner: browser ? {} : { js: [bundle.banner, IMPORT_META_BANNER].filter(Boolean).join('\n') },
    legalComments: 'none',
    minify: production,
    sourcemap: production ? false : 'linked',
    logLevel: 'warning',
    plugins: [connectionApart, ipfsApart, ...plugins],
  };
}

const connectionApart = {
  name: 'connection-apart',
  setup(build) {
    build.onResolve({ filter: /\/engineProcess\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './engineConnection.js', external: true } : undefined,
    );
  },
};

/** The bundle of IPFS is loaded when it is first needed, and does without the tables of the DHT that only servers use. */
const ipfsApart = {
  name: 'ipfs-apart',
  setup(build) {
    build.onResolve({ filter: /\/ipfsNode\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './ipfsNode.js', external: true } : undefined,
    );
    build.onResolve({ filter: /\/generated-prefix-list\.js$/ }, ({ path: name, resolveDir }) => ({
      path: path.join(resolveDir, name.replace(/\.js$/, '-browser.js')),
    }));
  },
};

/** Tells the problem matcher of .vscode/tasks.json when a build begins and ends. */
function announceWatch(name) {
  return {
    name: 'announce-watch',
    setup(build) {
      build.onStart(() => console.log(`[watch] ${name} started`));
      build.onEnd(({ errors }) => {
        for (const { text, location } of errors) {
          console.error(`✘ [ERROR] ${text}`);
          if (location) console.error(`    ${location.file}:${location.line}:${location.column}:`);
        }
        console.log(`[watch] ${name} finished`);
      });
    },
  };
}

/** Plain sentences about what is wrong with a production bundle. */
function complaintsAbout(bundle, metafile) {
  const complaints = [];
  for (const [file, { bytes, inputs }] of Object.entries(metafile.outputs)) {
    if (!file.endsWith('.js')) continue;
    if (bundle.budgetBytes && bytes >= bundle.budgetBytes) {
      const biggest = Object.entries(inputs).sort(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput);
      const listed = biggest.slice(0, 5).map(([input, { bytesInOutput }]) => `${input} (${bytesInOutput})`);
      complaints.push(
        `${file} has ${bytes} bytes, its budget is ${bundle.budgetBytes}. Biggest inputs: ${listed.join(', ')}.`,
      );
    }
    if (!bundle.inEditor) continue;
    for (const pattern of FORBIDDEN_IN_EXTENSION) {
      const found = Object.keys(inputs).find((input) => pattern.test(input));
      if (found) complaints.push(`${file} contains ${found}, which may be loaded in the engine's process only.`);
    }
  }
  return complaints;
}

/** What an earlier build left in dist/ (a source map, the tests) must not end up in the package. */
function removeAllBut(outputs) {
  const dist = path.join(__dirname, 'dist');
  for (const entry of fs.readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isFile() && !outputs.has(file)) fs.rmSync(file);
  }
}

async function main(args) {
  const flags = new Set(args.filter((arg) => arg.startsWith('--')));
  const production = flags.has('--production');
  const watch = flags.has('--watch');
  const all = flags.has('--tests') ? { ...BUNDLES, tests: TESTS_IN_HOST } : BUNDLES;
  const wanted = args.filter((arg) => !arg.startsWith('--'));
  const unknown = wanted.find((name) => !(name in all));
  if (unknown !== undefined)
    throw new Error(`There is no bundle "${unknown}"; there are ${Object.keys(all).join(', ')}.`);
  const names = wanted.length > 0 ? wanted : Object.keys(all);

  if (watch) {
    for (const name of names) {
      const context = await esbuild.context({
        ...optionsOf(all[name], { production, plugins: [announceWatch(name)] }),
        logLevel: 'silent',
      });
      await context.watch();
    }
    return;
  }
  const complaints = [];
  const outputs = new Set();
  await Promise.all(
    names.map(async (name) => {
      const { metafile } = await esbuild.build(optionsOf(all[name], { production, plugins: [] }));
      const bytes = metafile.outputs[`dist/${all[name].out}`].bytes;
      console.log(`dist/${all[name].out}  ${(bytes / KB).toFixed(1)} kB`);
      for (const file of Object.keys(metafile.outputs)) outputs.add(path.join(__dirname, file));
      if (production) complaints.push(...complaintsAbout(all[name], metafile));
    }),
  );
  if (production && wanted.length === 0) removeAllBut(outputs);
  for (const complaint of complaints) console.error(complaint);
  if (complaints.length > 0) process.exitCode = 1;
}

main(process.argv.slice(2)).catch((error) => {
  // esbuild has printed its own errors already.
  if (!error.errors) console.error(error.message);
  process.exitCode = 1;
});
