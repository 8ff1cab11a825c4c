import { gzipSync } from 'node:zlib';
import type { Content } from '../content.ts';
import type { AskedRange } from '../servers/requestLog.ts';
import type { Fault } from './faults.ts';
import type { TransferPlan, Validator } from './transferPlan.ts';

/** Bytes of an answer and how they leave. */
export interface FaultyAnswer {
  /** Null: nothing is sent at all. */
  readonly head: string | null;
  /** As it goes over the wire, chunk sizes included. */
  readonly body: Buffer;
  /** Only so much of the body is sent. @default all of it */
  readonly bodyBytes?: number;
  /** What happens to the connection then. @default 'kept' */
  readonly connection?: 'kept' | 'closed' | 'reset' | 'stalled';
  readonly delayMs?: number;
  readonly pieces?: number;
}

export interface AnswerContext {
  readonly plan: TransferPlan;
  /** What the origin has now, and the number of that version. */
  readonly content: Content;
  readonly version: number;
  readonly range: AskedRange | null;
  readonly ifRange: string | null;
  /** Where a redirect leads. */
  readonly elsewhere: string;
}

const PAGE = Buffer.from('<!DOCTYPE html><html><title>Sign in</title><form><input name="password"></form></html>');
const GARBAGE = [
  'SSH-2.0-OpenSSH_9.2\r\n\r\n',
  'HTTP/1.1 2OO OK\r\n\r\n',
  '\0\0\0\0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nno colon\r\n\r\n',
];

/** The origin's answer to one request, spoiled by one fault. */
export function faultyAnswer(context: AnswerContext, fault: Fault | null): FaultyAnswer {
  const honest = honestParts(context);
  const answer = render(honest, context.plan.framing);
  if (fault === null) return answer;
  const { first, second } = fault;
  const share = Math.floor(first * answer.body.length);
  switch (fault.kind) {
    case 'reset before the head':
      return { head: null, body: Buffer.alloc(0), connection: first < 0.5 ? 'reset' : 'closed' };
    case 'reset midway':
      return { ...answer, bodyBytes: share, connection: 'reset' };
    case 'short body':
      // Without any length a body that ends early cannot be told from a whole one, by nobody.
      return { ...answer, bodyBytes: share, connection: context.plan.framing === 'close' ? 'reset' : 'closed' };
    case 'closed without a word':
      return { ...answer, connection: 'closed' };
    case '429':
    case '500':
    case '503':
      return refusal(Number(fault.kind), first < 0.5 ? { 'Retry-After': '0' } : {});
    case 'not found':
      return refusal(404, {});
    case 'other offset':
      return render(shifted(honest, context, first), context.plan.framing);
    case 'less than asked':
      return render(shortened(honest, context, first), context.plan.framing);
    case 'wrong total':
      return render(withTotal(honest, context.content.sizeBytes + 1 + Math.floor(first * 1000)), context.plan.framing);
    case 'whole file':
      return render(whole(context), context.plan.framing);
    case 'without length':
      return render(honest, 'chunked');
    case 'encoded':
      return encoded(context, first, second);
    case 'longer than said':
      // Where nothing is said, whatever comes before the end is the body.
      if (context.plan.framing === 'close') return answer;
      return {
        ...answer,
        body: Buffer.concat([answer.body, Buffer.alloc(1 + Math.floor(first * 4000), 'x')]),
        connection: second < 0.5 ? 'closed' : 'kept',
      };
    case 'wrong length':
      return wrongLength(honest, first);
    case 'delay':
      return { ...answer, delayMs: Math.floor(first * 40) };
    case 'split writes':
      return { ...answer, pieces: 2 + Math.floor(first * 12) };
    case 'interim answers':
      return {
        ...answer,
        head: `HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n${answer.head}`,
      };
    case 'garbage head':
      return { head: GARBAGE[Math.floor(first * GARBAGE.length)] ?? '', body: answer.body, connection: 'kept' };
    case 'two lengths':
      return {
        ...answer,
        head: (answer.head ?? '').replace('\r\n', `\r\nContent-Length: ${answer.body.length + 1}\r\n`),
      };
    case 'web page':
      return render(
        { status: 200, headers: { 'Content-Type': 'text/html' }, body: PAGE },
        first < 0.5 ? 'length' : 'chunked',
      );
    case 'redirect':
      return render({ status: 302, headers: { Location: context.elsewhere }, body: Buffer.alloc(0) }, 'length');
    case 'not satisfiable':
      return render(
        { status: 416, headers: { 'Content-Range': `bytes */${context.content.sizeBytes}` }, body: Buffer.alloc(0) },
        'length',
      );
    case 'stall':
      return first < 0.3
        ? { head: null, body: Buffer.alloc(0), connection: 'stalled' }
        : { ...answer, bodyBytes: share, connection: 'stalled' };
    case 'new version':
      // The origin has changed before it answered: this is the honest answer of the new version.
      return answer;
  }
}

/** What `encoded` makes of a file: stored as it was sent, it counts as a version of its own. */
export function encodedContent(content: Content): Buffer {
  return gzipSync(content.slice(0, content.sizeBytes), { level: 1 });
}

interface Parts {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Of a 206; half-open. */
  readonly part?: { readonly start: number; readonly end: number };
}

function honestParts(context: AnswerContext): Parts {
  const { plan, content, range, ifRange } = context;
  const validators = validatorsOf(plan, context.version);
  const holds = ifRange === null || ifRange === validators.ETag || ifRange === validators['Last-Modified'];
  if (!plan.ranges || range === null || !holds) return whole(context);
  const end = Math.min(range.end ?? content.sizeBytes, content.sizeBytes);
  if (range.start >= content.sizeBytes) {
    return { status: 416, headers: { 'Content-Range': `bytes */${content.sizeBytes}` }, body: Buffer.alloc(0) };
  }
  return partial(context, range.start, end);
}

function whole({ plan, content, version }: AnswerContext): Parts {
  return { status: 200, headers: validatorsOf(plan, version), body: content.slice(0, content.sizeBytes) };
}

function partial({ plan, content, version }: AnswerContext, start: number, end: number): Parts {
  const headers = {
    ...validatorsOf(plan, version),
    'Content-Range': `bytes ${start}-${end - 1}/${content.sizeBytes}`,
  };
  return { status: 206, headers, body: content.slice(start, end), part: { start, end } };
}

/** Another part of the same length, as far as there is one. */
function shifted(parts: Parts, context: AnswerContext, share: number): Parts {
  if (parts.part === undefined) return parts;
  const { sizeBytes } = context.content;
  const start = Math.floor(share * sizeBytes);
  const end = Math.min(sizeBytes, start + parts.body.length);
  return start === parts.part.start ? parts : partial(context, start, end);
}

function shortened(parts: Parts, context: AnswerContext, share: number): Parts {
  if (parts.part === undefined) return parts;
  const { start, end } = parts.part;
  return partial(context, start, start + 1 + Math.floor(share * (end - start - 1)));
}

function withTotal(parts: Parts, total: number): Parts {
  const claimed = parts.headers['Content-Range']?.replace(/\/\d+$/, `/${total}`);
  return claimed === undefined ? parts : { ...parts, headers: { ...parts.headers, 'Content-Range': claimed } };
}

/** A Content-Length that does not go with the Content-Range, or is more than there will ever be. */
function wrongLength(parts: Parts, share: number): FaultyAnswer {
  const { length } = parts.body;
  // Less than the truth is only noticed where the range tells the truth.
  const said =
    parts.part !== undefined && share < 0.5 ? Math.floor(share * 2 * length) : length + 1 + Math.floor(share * 100);
  return { head: headOf(parts, { 'Content-Length': String(said) }), body: parts.body, connection: 'closed' };
}

/** Packed though nobody asked for it. Some servers even leave the tag of the unpacked file on it. */
function encoded(context: AnswerContext, sameTag: number, framing: number): FaultyAnswer {
  const { plan, version, content } = context;
  const validators = validatorsOf(plan, version);
  const tag = sameTag < 0.5 || validators.ETag === undefined ? {} : { ETag: `"packed-${plan.seed}-${version}"` };
  const headers = { ...validators, ...tag, 'Content-Encoding': 'gzip' };
  return render({ status: 200, headers, body: encodedContent(content) }, framing < 0.5 ? 'length' : 'chunked');
}

function refusal(status: number, headers: Readonly<Record<string, string>>): FaultyAnswer {
  return render({ status, headers, body: Buffer.from(`${status}\n`) }, 'length');
}

function validatorsOf({ validator, seed }: TransferPlan, version: number): Record<string, string> {
  const date = new Date(Date.UTC(2020, 0, 1, 0, seed % 1000, version)).toUTCString();
  const values: Record<Validator, Record<string, string>> = {
    strong: { ETag: `"${seed}-${version}"` },
    weak: { ETag: `W/"${seed}-${version}"` },
    date: { 'Last-Modified': date },
    none: {},
  };
  return values[validator];
}

function render(parts: Parts, framing: TransferPlan['framing']): FaultyAnswer {
  const { body } = parts;
  if (framing === 'close') return { head: headOf(parts, { Connection: 'close' }), body, connection: 'closed' };
  if (framing === 'length') return { head: headOf(parts, { 'Content-Length': String(body.length) }), body };
  const half = Math.ceil(body.length / 2);
  const chunks = [body.subarray(0, half), body.subarray(half)].filter(({ length }) => length > 0);
  const pieces = chunks.flatMap((chunk) => [
    Buffer.from(`${chunk.length.toString(16)}\r\n`),
    chunk,
    Buffer.from('\r\n'),
  ]);
  return {
    head: headOf(parts, { 'Transfer-Encoding': 'chunked' }),
    body: Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')]),
  };
}

function headOf({ status, headers }: Parts, framing: Readonly<Record<string, string>>): string {
  const all = { Date: new Date().toUTCString(), 'Content-Type': 'application/octet-stream', ...headers, ...framing };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${status < 300 ? 'OK' : 'No'}\r\n${lines.join('')}\r\n`;
}
