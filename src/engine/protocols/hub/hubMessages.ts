/** The messages of PROTOCOLS §2, as they stand on a control connection. */
import * as v from 'valibot';

const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535));
/** A uuid, with or without its dashes. */
const Uuid = v.pipe(v.string(), v.regex(/^[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}$/i));
const Sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/i), v.toLowerCase());

/** A fid that is none is told back up to this length. */
const MAX_FID_CHARACTERS = 64;

/** PROTOCOLS §2 names no type for a uid or an error's code: a number, as other hubs send it, is taken as text. */
const Text = v.pipe(v.union([v.string(), v.number()]), v.transform(String));

/** Characters that a member's name may have. */
export const MAX_NAME_CHARACTERS = 64;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const VISIBLE = /^[^\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]*$/;

/** A file that everybody can fetch. */
export const HubFileRecord = v.object({
  fid: Uuid,
  filename: v.string(),
  size: Count,
  /** Null: this hub does not compute digests, and was offered none. */
  sha256: v.optional(v.nullable(Sha256), null),
  uploader: v.string(),
  uploader_uid: Text,
  /** ISO 8601. */
  uploaded_at: v.string(),
});
export type HubFileRecord = v.InferOutput<typeof HubFileRecord>;

/** Those of a list that make sense: one bad record must not cost all the others. */
const HubFileRecords = v.pipe(
  v.array(v.unknown()),
  v.transform((records) =>
    records.flatMap((record): HubFileRecord[] => {
      const parsed = v.safeParse(HubFileRecord, record);
      return parsed.success ? [parsed.output] : [];
    }),
  ),
);

export const FileOffer = v.object({
  type: v.literal('FILE_OFFER'),
  fid: Uuid,
  filename: v.string(),
  size: Count,
  sha256: v.optional(v.nullable(Sha256)),
});
export type FileOffer = v.InferOutput<typeof FileOffer>;

const Name = v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_NAME_CHARACTERS), v.regex(VISIBLE));

/** Client to hub. */
export const ClientMessage = v.variant('type', [
  v.object({ type: v.literal('HELLO'), name: Name, key: v.optional(v.nullable(v.string())) }),
  FileOffer,
  v.object({
    type: v.literal('FILE_REQUEST'),
    fid: Uuid,
    offset: v.optional(v.nullable(Count)),
    length: v.optional(v.nullable(Count)),
  }),
  v.object({ type: v.literal('FILE_LIST') }),
  v.object({ type: v.literal('FILE_REMOVE'), fid: Uuid }),
]);
export type ClientMessage = v.InferOutput<typeof ClientMessage>;

/** Hub to client. What is inside names and texts is not checked here: they are data of somebody else. */
export const HubMessage = v.variant('type', [
  v.object({ type: v.literal('WELCOME'), uid: Text, files: HubFileRecords }),
  v.object({ type: v.literal('FILE_UPLOAD_PORT'), fid: Uuid, port: Port, offset: Count }),
  v.object({ type: v.literal('FILE_AVAILABLE'), ...HubFileRecord.entries }),
  v.object({ type: v.literal('FILE_DOWNLOAD_PORT'), fid: Uuid, port: Port, offset: Count, length: Count }),
  v.object({ type: v.literal('FILE_LIST'), files: HubFileRecords }),
  v.object({ type: v.literal('FILE_REMOVED'), fid: Uuid }),
  v.object({
    type: v.literal('ERROR'),
    code: Text,
    message: v.optional(v.string(), ''),
    fid: v.optional(v.nullable(v.string())),
  }),
]);
export type HubMessage = v.InferOutput<typeof HubMessage>;

/** `code` of ERROR, as this hub says it. */
export type HubErrorCode =
  | 'bad-message'
  | 'unknown-type'
  | 'line-too-long'
  | 'too-many-messages'
  | 'bad-key'
  | 'bad-fid'
  | 'bad-name'
  | 'bad-size'
  | 'bad-range'
  | 'file-too-big'
  | 'no-space'
  | 'too-many-files'
  | 'too-many-offers'
  | 'too-many-requests'
  | 'too-many-clients'
  | 'fid-taken'
  | 'unknown-fid'
  | 'wrong-digest'
  | 'too-many-bytes'
  | 'too-few-bytes'
  | 'not-connected'
  | 'not-the-uploader'
  | 'cannot-store';

/** Which field was wrong → what the refusal says. */
const CODE_OF_FIELD: Readonly<Record<string, HubErrorCode>> = {
  type: 'unknown-type',
  fid: 'bad-fid',
  filename: 'bad-name',
  name: 'bad-name',
  key: 'bad-key',
  size: 'bad-size',
  offset: 'bad-range',
  length: 'bad-range',
};

export type ParsedClientMessage =
  | { readonly ok: true; readonly message: ClientMessage }
  | { readonly ok: false; readonly code: HubErrorCode; readonly reason: string; readonly fid: string | null };

/** @param line null: it was not UTF-8 */
export function parseClientMessage(line: string | null): ParsedClientMessage {
  const value = parseObject(line);
  if (value === null) return { ok: false, code: 'bad-message', reason: 'This is not a JSON object.', fid: null };
  const parsed = v.safeParse(ClientMessage, value);
  if (parsed.success) return { ok: true, message: parsed.output };
  const field = String(parsed.issues[0].path?.[0]?.key ?? '');
  // Whoever says many things at once finds out by it which one was wrong; text of any length is not sent back.
  const fid = typeof value.fid === 'string' && value.fid.length <= MAX_FID_CHARACTERS ? value.fid : null;
  const code = (Object.hasOwn(CODE_OF_FIELD, field) ? CODE_OF_FIELD[field] : undefined) ?? 'bad-message';
  return { ok: false, code, reason: `The field "${field}" is not right.`, fid };
}

/** Null: it makes no sense, or is of a kind that this version does not know. */
export function parseHubMessage(line: string | null): HubMessage | null {
  const parsed = v.safeParse(HubMessage, parseObject(line));
  return parsed.success ? parsed.output : null;
}

/** One line, with its line feed. */
export function lineOf(message: HubMessage | ClientMessage): string {
  return `${JSON.stringify(message)}\n`;
}

function parseObject(line: string | null): Record<string, unknown> | null {
  if (line === null) return null;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
