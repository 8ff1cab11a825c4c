import * as vscode from 'vscode';
import { toTributaryError } from '../../contract/errors.ts';
import { COMMANDS } from '../contributions.ts';
import { errorText } from '../errorText.ts';
import { localize as t } from '../localize.ts';
import { unlinked } from '../unlinked.ts';

/** Tells the user that what they asked for did not work, and the log why. */
export function reportFailure(error: unknown, log: vscode.LogOutputChannel): void {
  const failure = toTributaryError(error);
  log.error(`${failure.code}: ${failure.message}`);
  // The stack of what was not foreseen; coded errors explain themselves.
  if (failure.cause instanceof Error) log.debug(failure.cause.stack ?? failure.cause.message);
  const showLog = t('Show Log');
  void vscode.window.showErrorMessage(unlinked(errorText(failure, t)), showLog).then((choice) => {
    if (choice === showLog) void vscode.commands.executeCommand(COMMANDS.showLog);
  });
}
