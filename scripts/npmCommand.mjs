/**
 * How to start the npm that started us, else the one on PATH.
 * @param {string[]} args
 * @returns {{ command: string, args: string[], shell: boolean }}
 */
export function npmCommand(args) {
  const running = process.env.npm_execpath;
  if (running?.endsWith('npm-cli.js')) {
    // The machine's own Node: `npm ci` is about to delete the project's.
    return { command: process.env.npm_node_execpath ?? process.execPath, args: [running, ...args], shell: false };
  }
  // Windows finds npm.cmd only through a shell.
  return { command: 'npm', args, shell: process.platform === 'win32' };
}

/** The environment without what an outer `npm test` put into it: it would lead an inner npm to the outer package. */
export function npmEnvironment() {
  const inherited = /^(npm_config_local_prefix|npm_config_prefix|npm_package_|npm_lifecycle_|INIT_CWD$)/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !inherited.test(name)));
}
