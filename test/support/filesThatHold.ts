import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Paths below `folder` whose name or content holds one of the texts: where a secret was written down. */
export function filesThatHold(folder: string, texts: readonly string[]): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => {
      const content = statSync(path).isFile() ? readFileSync(path, 'latin1') : '';
      return texts.some((text) => path.includes(text) || content.includes(text));
    });
}
