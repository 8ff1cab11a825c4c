import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import * as v from 'valibot';

/** Names one process for good: a process id alone is given to another program sooner or later. */
export const ProcessIdentity = v.object({
  pid: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** Start time in clock ticks since boot, where the system tells it (Linux); null elsewhere. */
  startTicks: v.nullable(v.string()),
});
export type ProcessIdentity = v.InferOutput<typeof ProcessIdentity>;

let own: ProcessIdentity | null = null;
let place: string | null = null;

export function ownIdentity(): ProcessIdentity {
  own ??= { pid: process.pid, startTicks: startTicksOf(process.pid) };
  return own;
}

/**
 * Where process ids mean the same: one run of one kernel and one namespace of process ids in it (pid_namespaces(7)); the
 * host where the system tells no more. Folders are shared wider: by containers, and by all machines of a cluster.
 */
export function ownPlace(): string {
  place ??= linuxPlace() ?? hostname();
  return place;
}

/**
 * Whether that is certainly another place, though its sockets may be within reach: a container may share the folder in which
 * they lie. A host's name does not tell, since it changes under a running process (macOS takes another one from every
 * network); and the sockets of another host are out of reach anyway.
 * @param here null: the system tells only the host's name
 */
export function isOtherNamespace(there: string, here: string | null = linuxPlace()): boolean {
  return here !== null && there !== here;
}

function linuxPlace(): string | null {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return null;
  }
}

/** True while the very process is running, not merely one with its number. */
export function isRunning(identity: ProcessIdentity): boolean {
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    // EPERM: it is there, but another user's.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return identity.startTicks === null || startTicksOf(identity.pid) === identity.startTicks;
}

/** True while it is running and is another process than this one. */
export function isRunningBeside(identity: ProcessIdentity): boolean {
  return identity.pid !== process.pid && isRunning(identity);
}

/** Field 22 of /proc/<pid>/stat (proc(5)); the command in field 2 may hold spaces and parentheses. */
function startTicksOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended; only its parent has not noticed yet.
    return fields[0] === 'Z' ? 'ended' : (fields[19] ?? null);
  } catch {
    return null;
  }
}
