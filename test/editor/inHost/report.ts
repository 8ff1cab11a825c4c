import { format } from 'node:util';

/** Prints a line of the test run. The sign in front tells it from what VS Code itself prints. */
export function report(...args: readonly unknown[]): void {
  const text = format(...args);
  console.log(text.replace(/^/gm, '│ '));
}
