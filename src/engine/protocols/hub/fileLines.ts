import { MAX_LINE_BYTES } from './hubLines.ts';
import type { HubFileRecord } from './hubMessages.ts';

/** A file as it stands in a line; ten thousand of them anew for everybody who comes would be a fifth of a second each. */
interface FileText {
  readonly json: string;
  readonly bytes: number;
}

const texts = new WeakMap<HubFileRecord, FileText>();

/**
 * WELCOME. A line has 64 KiB at most, which is some two hundred files: the newest ones. The older ones follow as
 * FILE_AVAILABLE, which every client understands, and nobody hears of a file twice.
 */
export function welcomeLines(uid: string, files: readonly HubFileRecord[]): string[] {
  const [newest = [], ...others] = inLines({ type: 'WELCOME', uid }, files.toReversed());
  return [
    lineWith({ type: 'WELCOME', uid }, newest.toReversed()),
    ...others.flat().map(({ json }) => `{"type":"FILE_AVAILABLE",${json.slice(1)}\n`),
  ];
}

/** The answer to FILE_LIST: as many lines as it takes. */
export function listLines(files: readonly HubFileRecord[]): string[] {
  return inLines({ type: 'FILE_LIST' }, files).map((part) => lineWith({ type: 'FILE_LIST' }, part));
}

/** Cuts the files into parts that fit into a line each; at least one, which may be empty. */
function inLines(head: object, files: readonly HubFileRecord[]): FileText[][] {
  const roomBytes = MAX_LINE_BYTES - Buffer.byteLength(lineWith(head, [])) + 1;
  const parts: FileText[][] = [[]];
  let used = 0;
  for (const file of files) {
    const text = textOf(file);
    const bytes = text.bytes + 1;
    if (used + bytes > roomBytes) {
      parts.push([]);
      used = 0;
    }
    parts.at(-1)?.push(text);
    used += bytes;
  }
  return parts;
}

/** With its line feed. */
function lineWith(head: object, files: readonly FileText[]): string {
  return `${JSON.stringify(head).slice(0, -1)},"files":[${files.map(({ json }) => json).join(',')}]}\n`;
}

function textOf(file: HubFileRecord): FileText {
  let text = texts.get(file);
  if (text === undefined) {
    const json = JSON.stringify(file);
    text = { json, bytes: Buffer.byteLength(json) };
    texts.set(file, text);
  }
  return text;
}
