import type { LogLine } from '../contract/engineApi.ts';
import { withoutControls } from './textWidth.ts';

/** A line of the engine's log as `--log` shows it. */
export function logText({ level, message, taskId }: LogLine): string {
  return withoutControls(`[${level}]${taskId === null ? '' : ` ${taskId}`} ${message.replace(/\s*[\r\n]+\s*/g, ' ')}`);
}
