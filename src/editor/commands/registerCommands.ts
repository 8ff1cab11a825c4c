import * as vscode from 'vscode';
import { type Disposable, DisposableList } from '../../kit/disposables.ts';
import { COMMANDS } from '../contributions.ts';
import { reportFailure } from './reportFailure.ts';

export type CommandHandlers = Record<keyof typeof COMMANDS, (...args: unknown[]) => Promise<unknown>>;

/** Registers every command of `COMMANDS`; one without a handler does not compile. A failure is told, never swallowed. */
export function registerCommands(handlers: CommandHandlers, log: vscode.LogOutputChannel): Disposable {
  const registered = new DisposableList();
  for (const name of Object.keys(COMMANDS) as (keyof typeof COMMANDS)[]) {
    const run = async (...args: unknown[]) => {
      try {
        return await handlers[name](...args);
      } catch (error) {
        reportFailure(error, log);
        return undefined;
      }
    };
    registered.add(vscode.commands.registerCommand(COMMANDS[name], run));
  }
  return registered;
}
