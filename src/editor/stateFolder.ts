import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

/**
 * Where the engine of this machine keeps what it has to do. A home folder may be shared by several machines or containers,
 * and each needs an engine of its own: the one that finds the folder taken gets a part of it, for good.
 */
export function stateFolderHere(shared: string): string {
  const own = hostFolder(shared);
  return existsSync(own) ? own : shared;
}

export function hostFolder(shared: string): string {
  return join(shared, 'hosts', encodeURIComponent(hostname()));
}
