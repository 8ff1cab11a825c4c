import { readFileSync, realpathSync } from 'node:fs';

/** Type of the file system that holds a path (`tmpfs`, `ext4` ...), as the kernel names it. */
export function fileSystemOf(path: string): string {
  const real = realpathSync(path);
  let best = { mount: '', type: 'unknown' };
  for (const line of readFileSync('/proc/self/mounts', 'utf8').split('\n')) {
    const [, mount = '', type = ''] = line.split(' ');
    const holds = real === mount || real.startsWith(mount.endsWith('/') ? mount : `${mount}/`);
    if (mount !== '' && holds && mount.length >= best.mount.length) best = { mount, type };
  }
  return best.type;
}
