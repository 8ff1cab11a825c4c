import * as vscode from 'vscode';
import type { LogLine } from '../contract/engineApi.ts';
import type { LogLevel } from '../contract/settings.ts';

/** Writes a line of the engine with its own level; it is redacted already. */
export function logEngineLine(log: vscode.LogOutputChannel, { level, message, taskId }: LogLine): void {
  log[level](taskId === null ? `[engine] ${message}` : `[${taskId}] ${message}`);
}

/** The level that the user chose for the channel, in the engine's words. */
export function engineLogLevel(level: vscode.LogLevel): LogLevel {
  switch (level) {
    case vscode.LogLevel.Off:
      return 'off';
    case vscode.LogLevel.Trace:
      return 'trace';
    case vscode.LogLevel.Debug:
      return 'debug';
    case vscode.LogLevel.Info:
      return 'info';
    case vscode.LogLevel.Warning:
      return 'warn';
    case vscode.LogLevel.Error:
      return 'error';
  }
}
