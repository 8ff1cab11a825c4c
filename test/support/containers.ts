import { spawnSync } from 'node:child_process';

/** A command before another one: it runs in a namespace of process ids of its own, as in a container, and ends with it. */
export const IN_CONTAINER: readonly string[] = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];

/** Null when this machine lets us make such namespaces. */
export function whyNoContainers(): string | null {
  const [command = '', ...args] = IN_CONTAINER;
  const { status, error } = spawnSync(command, [...args, 'true']);
  return status === 0 ? null : `no namespaces of process ids here (${error?.message ?? `status ${status}`})`;
}
