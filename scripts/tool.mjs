import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { projectNode, QUIET_TYPES, root } from './projectNode.mjs';
import { runChild } from './runChild.mjs';

/**
 * Runs the command of an installed package (as `npx` would, without a shell) under the project's Node.
 * @param {string} packageName
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, deadlineMs: number, quiet?: boolean, command?: string }} options
 */
export function tool(packageName, args, { env, command = packageName, ...options }) {
  const folder = join(root, 'node_modules', packageName);
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const script = join(folder, typeof bin === 'string' ? bin : bin[command]);
  return node([script, ...args], { env, ...options });
}

/** Runs a script of the checkout under the project's Node. */
export function node(args, { env, ...options }) {
  const PATH = `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH}`;
  return runChild(projectNode, [QUIET_TYPES, ...args], {
    cwd: root,
    env: { ...process.env, PATH, ...env },
    ...options,
  });
}
