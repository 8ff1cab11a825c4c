import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Where big things that the tests need (VS Code) are kept: outside the checkout, so that they survive `git clean` and
 * are shared by all checkouts.
 */
export function cacheFolder() {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'tributary-dev');
}
