import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { endChild } from '../endChild.ts';
import type { Scope } from '../scope.ts';
import { tempFolder } from '../tempFolder.ts';
import type { Held, ProbeAnswer, ProbeOrder } from './probeOrder.ts';

const PROGRAM = join(import.meta.dirname, 'taskProbe.ts');

export interface TaskProbe {
  /** Where its files land. */
  readonly folder: string;
  /** One order at a time. @returns what it holds when the order is carried out */
  tell(order: ProbeOrder): Promise<Held>;
}

/** An engine in a process of its own, which can be asked for its memory and its open files; ended with the scope. */
export async function startTaskProbe(scope: Scope): Promise<TaskProbe> {
  const folder = tempFolder(scope);
  // Bytecode that is thrown away and made again would be the largest change of all.
  const options = ['--expose-gc', '--no-flush-bytecode', '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON'];
  const child = spawn(process.execPath, [...options, PROGRAM, join(tempFolder(scope), 'state'), folder], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  scope.defer(() => endChild(child));
  await once(child, 'message');
  return {
    folder,
    tell: async (order) => {
      const answered = once(child, 'message');
      child.send(order);
      const [answer] = (await answered) as [ProbeAnswer];
      if ('error' in answer) throw new Error(answer.error);
      return answer.held;
    },
  };
}
