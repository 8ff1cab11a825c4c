import { dirname } from 'node:path';
import { TributaryError } from '../../contract/errors.ts';

/**
 * Node's file errors as coded ones; what has a code already stays as it is.
 * @param folder the one that is named when nothing may be written there; default: that of the file
 */
export function toDiskError(error: unknown, path: string, folder = dirname(path)): TributaryError {
  if (error instanceof TributaryError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const options = { cause: error };
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return new TributaryError('disk-full', { path }, options);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new TributaryError('folder-unwritable', { path: folder }, options);
    case 'ENOENT':
      return new TributaryError('file-missing', { path }, options);
    case 'EEXIST':
      return new TributaryError('file-exists', { path }, options);
    default:
      return new TributaryError('disk-error', { path, reason: code ?? message }, options);
  }
}

/** As `toDiskError`, of something that is only read: what may not be, cannot be shared. */
export function toReadError(error: unknown, path: string): TributaryError {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'EACCES' && code !== 'EPERM') return toDiskError(error, path);
  return new TributaryError('share-unreadable', { path, reason: 'it may not be read' }, { cause: error });
}
