import type { Context } from 'mocha';

/** Skips the running test and puts the reason into its title, where every reporter shows it. Null: goes on. */
export function skipBecause(context: Context, reason: string | null): void {
  if (reason === null) return;
  if (context.test !== undefined) context.test.title += ` [skipped: ${reason}]`;
  context.skip();
}
