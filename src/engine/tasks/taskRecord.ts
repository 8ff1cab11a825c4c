import * as v from 'valibot';
import { ERRORS, type ErrorCode, type ErrorInfo } from '../../contract/errors.ts';
import { ExistsPolicy } from '../../contract/settings.ts';

const Info = v.pipe(
  v.object({ code: v.string(), args: v.record(v.string(), v.union([v.string(), v.number()])) }),
  v.check((info) => Object.hasOwn(ERRORS, info.code)),
  v.transform((info): ErrorInfo => ({ code: info.code as ErrorCode, args: info.args })),
);

/** A state that outlives the process; a running task is kept as `queued`, so that it runs again. */
const KeptStatus = v.variant('state', [
  v.object({ state: v.literal('queued') }),
  v.object({ state: v.literal('paused'), reason: v.nullable(Info) }),
  v.object({ state: v.literal('failed'), error: Info, retryAt: v.exactOptional(v.number()) }),
  v.object({
    state: v.literal('completed'),
    verification: v.picklist(['verified', 'size-only']),
    sha256: v.nullable(v.string()),
    finishedAt: v.number(),
  }),
]);

const KeptMirror = v.object({
  /** As `address` of the record itself. */
  address: v.string(),
  display: v.string(),
  needsSecrets: v.boolean(),
});

/** `tasks/<id>.json`: all that is kept of a task. Never a secret; see TaskSecrets. */
export const TaskRecord = v.object({
  version: v.literal(1),
  id: v.pipe(v.string(), v.regex(/^[0-9a-z]{8}$/)),
  /** Without user info; query values are empty when `needsSecrets` because of them. */
  address: v.string(),
  /** Origin and path. */
  display: v.string(),
  /** True: the link's credentials, private query or headers are needed again after a restart. */
  needsSecrets: v.boolean(),
  /** Further links to the same file, best first. */
  mirrors: v.optional(v.array(KeptMirror), []),
  /** Which file of the Metalink behind the link this is; null: the first one, or there is no Metalink. */
  metalinkFile: v.optional(v.nullable(v.string()), null),
  /** The task whose Metalink named this file, too. */
  addedBy: v.optional(v.nullable(v.string()), null),
  folder: v.string(),
  /** The user's choice of name. */
  fileName: v.nullable(v.string()),
  /** Name of the finished file, once chosen; the part file is called after it. */
  targetName: v.nullable(v.string()),
  /** What lists show before that. */
  guessedName: v.string(),
  checksum: v.nullable(v.string()),
  /** What a server offered; counts when the user has given none. */
  offeredChecksum: v.optional(v.nullable(v.string()), null),
  /** Null: as the settings say. */
  findChecksum: v.optional(v.nullable(v.boolean()), null),
  /** 0: none. */
  limitBytesPerSecond: v.optional(v.number(), 0),
  exists: ExistsPolicy,
  order: v.number(),
  createdAt: v.number(),
  sizeBytes: v.nullable(v.number()),
  receivedBytes: v.number(),
  resumable: v.nullable(v.boolean()),
  status: KeptStatus,
});
export type TaskRecord = v.InferOutput<typeof TaskRecord>;

/** Null when it is torn, of another version, or not a record at all. */
export function parseTaskRecord(value: unknown): TaskRecord | null {
  const parsed = v.safeParse(TaskRecord, value);
  return parsed.success ? parsed.output : null;
}
