import type { Content } from '../content.ts';
import { parseRange } from './requestLog.ts';

export interface RangeAnswer {
  readonly head: string;
  readonly body: Buffer;
  /** Half-open; what the answer holds. */
  readonly start: number;
  readonly end: number;
  /** What was asked for. */
  readonly askedEnd: number;
}

/**
 * The honest 206 to a request head on a bare socket, for servers that then send it in strange ways.
 * @param maxBytes a server may send less of a range than was asked for. @default all of it
 */
export function rangeAnswer(content: Content, requestHead: string, maxBytes = Infinity): RangeAnswer {
  const asked = parseRange(/^range: *(.*)$/im.exec(requestHead)?.[1]?.trim());
  const start = asked?.start ?? 0;
  const askedEnd = Math.min(asked?.end ?? content.sizeBytes, content.sizeBytes);
  const end = Math.min(askedEnd, start + maxBytes);
  const fields = [
    `Content-Range: bytes ${start}-${end - 1}/${content.sizeBytes}`,
    `Content-Length: ${end - start}`,
    'ETag: "raw"',
  ];
  const head = `HTTP/1.1 206 Partial Content\r\n${fields.join('\r\n')}\r\n\r\n`;
  return { head, body: content.slice(start, end), start, end, askedEnd };
}
