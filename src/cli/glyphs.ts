/** Characters of the progress display, since not every terminal can show blocks and ticks. */
export interface Glyphs {
  readonly full: string;
  /** A cell's growing left parts, without the empty and the full one. */
  readonly partial: readonly string[];
  readonly empty: string;
  readonly ellipsis: string;
  readonly done: string;
  readonly failed: string;
  readonly stopped: string;
}

export const UNICODE_GLYPHS: Glyphs = {
  full: '█',
  partial: ['▏', '▎', '▍', '▌', '▋', '▊', '▉'],
  empty: '░',
  ellipsis: '…',
  done: '✔',
  failed: '✘',
  stopped: '■',
};

export const ASCII_GLYPHS: Glyphs = {
  full: '#',
  partial: [],
  empty: '.',
  ellipsis: '~',
  done: '+',
  failed: 'x',
  stopped: '-',
};

/** Unix terminals follow the locale; on Windows only the old console cannot show the characters. */
export function chooseGlyphs(env: Readonly<Record<string, string | undefined>>, platform: string): Glyphs {
  if (platform === 'win32') {
    const modern = env.WT_SESSION !== undefined || env.TERM_PROGRAM !== undefined || env.TERM !== undefined;
    return modern ? UNICODE_GLYPHS : ASCII_GLYPHS;
  }
  // The first of these that is set and not empty decides (POSIX).
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return /utf-?8/i.test(locale) || platform === 'darwin' ? UNICODE_GLYPHS : ASCII_GLYPHS;
}
