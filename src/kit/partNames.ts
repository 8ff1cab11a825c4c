/** Appended to a file's name while it is incomplete. */
export const PART_SUFFIX = '.part';

/** The resume record's suffix; the longest of the suffixes, so a name that leaves room for it leaves room for all. */
export const RECORD_SUFFIX = '.part.json';

/** A complete file whose checksum was wrong. */
export const BAD_SUFFIX = '.bad';
