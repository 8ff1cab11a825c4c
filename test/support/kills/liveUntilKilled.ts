import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, watch } from 'node:fs';
import { endChild } from '../endChild.ts';
import { waitFor } from '../waitFor.ts';
import type { KilledProgram } from './killedProgram.ts';
import type { KillMoment } from './killMoment.ts';

/** Longer than any file takes. */
const DEADLINE_MS = 60_000;

/**
 * Runs the program until its moment has come and kills it (SIGKILL), or until it is done or has ended, whichever is first.
 * @param moment null: it lives until it is done
 * @param sentBytes what the server has sent for this file
 */
export async function liveUntilKilled(
  program: KilledProgram,
  moment: KillMoment | null,
  sentBytes: () => number,
): Promise<'killed' | 'done'> {
  const sentBefore = sentBytes();
  const life: { child: ChildProcess | null; killed: boolean } = { child: null, killed: false };
  const kill = (): void => {
    life.killed ||= life.child?.kill('SIGKILL') ?? false;
  };
  let events = 0;
  const watchers = program.watched.map((folder) =>
    watch(folder, (_, name) => {
      if (moment?.kind === 'event' && name !== null && moment.matches(name) && ++events === moment.count) kill();
    }),
  );
  try {
    const started = program.start((child) => {
      life.child = child;
    });
    await waitFor(
      `${program.kind} to be done`,
      () => {
        if (moment?.kind === 'bytes' && sentBytes() - sentBefore >= moment.bytes) kill();
        return life.killed || program.isDone() || hasEnded(life.child);
      },
      DEADLINE_MS,
    );
    await started;
  } catch (error) {
    throw new Error(`${program.kind} left ${readdirSync(program.folder).join(', ')}`, { cause: error });
  } finally {
    for (const watcher of watchers) watcher.close();
  }
  const { child } = life;
  if (child === null) throw new Error('nothing was started');
  if (!life.killed) await endChild(child);
  else if (!hasEnded(child)) await once(child, 'exit');
  return child.signalCode === 'SIGKILL' ? 'killed' : 'done';
}

function hasEnded(child: ChildProcess | null): boolean {
  return child !== null && (child.exitCode !== null || child.signalCode !== null);
}
