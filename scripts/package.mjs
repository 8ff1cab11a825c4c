// npm run package: a production build, packed as tributary-<version>.vsix beside this folder.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, underProjectNode } from './projectNode.mjs';
import { endChildrenOnStop } from './runChild.mjs';
import { node } from './tool.mjs';
import { makeVsix } from './vsix.mjs';

try {
  await underProjectNode();
  endChildrenOnStop();
  const { ok } = await node(['esbuild.js', '--production'], { deadlineMs: 120_000 });
  if (!ok) throw new Error('The build failed.');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  await makeVsix(join(root, `tributary-${version}.vsix`));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
