import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Version of the package that this program is part of, from the nearest package.json above it. */
export function ownVersion(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    try {
      return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
    } catch (error) {
      if (dirname(folder) === folder) throw error;
    }
  }
}
