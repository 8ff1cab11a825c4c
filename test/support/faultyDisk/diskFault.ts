/** What goes wrong at the border to the system, in the process that has `failingCalls.ts` loaded. */
export interface DiskFault {
  /** `sync` is the flush of a folder, `datasync` that of a file. */
  readonly call: 'write' | 'datasync' | 'sync' | 'truncate' | 'link' | 'rename' | 'unlink';
  /** The path ends so; of a rename or link it is the new name. */
  readonly pathEnds: string;
  /** So many such calls go well before. @default 0 */
  readonly after?: number;
  /** Then so many fail. @default all */
  readonly times?: number;
  /** The error's code; `short`: a write takes only a part of its bytes; `nothing`: it takes none. */
  readonly outcome: 'EIO' | 'ENOSPC' | 'EPERM' | 'EISDIR' | 'EDQUOT' | 'short' | 'nothing';
}
