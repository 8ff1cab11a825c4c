import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';
import { withoutControls } from './textWidth.ts';

export type ExistsAnswer = 'rename' | 'skip' | 'replace';

/** The first letter of the answer; Enter alone is the choice that loses nothing. Null: not understood. */
export function readExistsAnswer(text: string): ExistsAnswer | null {
  switch (text.trim().charAt(0).toLowerCase()) {
    case '':
    case 'r':
      return 'rename';
    case 's':
      return 'skip';
    case 'o':
      return 'replace';
    default:
      return null;
  }
}

/** Asks what to do about a file that is there already; null when the input ends before an answer. */
export async function askExists(path: string, input: Readable, output: Writable): Promise<ExistsAnswer | null> {
  // Not as a terminal: in its raw mode Ctrl-C would reach the prompt and not this process.
  const prompt = createInterface({ input, output, terminal: false });
  const question = `${withoutControls(path)} exists already: (r)ename the new file, (s)kip it, (o)verwrite? [r] `;
  try {
    output.write(question);
    for await (const line of prompt) {
      const answer = readExistsAnswer(line);
      if (answer !== null) return answer;
      output.write(question);
    }
    return null;
  } finally {
    prompt.close();
    input.pause();
  }
}
