import { formatChecksum, parseChecksum } from '../engine/intake/checksum.ts';

/** One file that was asked for. */
export interface WantedFile {
  readonly address: string;
  /** `sha256:<hex>` and the like; null: none was given. */
  readonly checksum: string | null;
}

/**
 * Reads a list: one address per line, blank lines and `#` comments left out (a `#` inside an address is a part of it),
 * and behind an address optionally its checksum as `algorithm:hex`.
 * @throws TributaryError `bad-checksum`
 */
export function parseAddressList(text: string): WantedFile[] {
  const wanted: WantedFile[] = [];
  for (const raw of text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)) {
    const line = raw.replace(/(?:^|\s)#.*$/, '').trim();
    if (line === '') continue;
    const match = /^(.*\S)\s+((?:md5|sha-?1|sha-?256|sha-?512)[:=]\S*)$/i.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) wanted.push({ address: line, checksum: null });
    else wanted.push({ address: match[1], checksum: formatChecksum(parseChecksum(match[2])) });
  }
  return wanted;
}
