import { parse } from 'content-disposition';
import { headerText } from './headerText.ts';

/**
 * The file name in `Content-Disposition` (RFC 6266): `filename*` before `filename`; then what servers do in spite of
 * it: raw UTF-8 bytes, RFC 2047 words, percent escapes. Null when there is none.
 */
export function dispositionName(header: string | null): string | null {
  if (header === null || header.length > 8192) return null;
  let parameters: Record<string, string>;
  try {
    parameters = parse(header).parameters;
  } catch {
    return null;
  }
  // The parser puts a decoded `filename*` into `filename`; when it could not, `filename` is the plain one.
  const name = parameters.filename;
  if (name === undefined || name === '') return null;
  return decodeWords(headerText(name));
}

/** RFC 2047 encoded words (`=?utf-8?B?…?=`), which mail-minded frameworks put here. */
function decodeWords(text: string): string {
  return text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?([\w-]+)\?([bq])\?([^?]*)\?=/gi, (whole, charset: string, kind: string, data: string) => {
      try {
        const bytes =
          kind.toLowerCase() === 'b'
            ? Buffer.from(data, 'base64')
            : Buffer.from(
                data
                  .replace(/_/g, ' ')
                  .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
                'latin1',
              );
        return new TextDecoder(charset, { fatal: true }).decode(bytes);
      } catch {
        return whole;
      }
    });
}
