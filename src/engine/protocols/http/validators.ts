/** What tells one version of a file from another. */
export interface Validators {
  /** As sent, quotes and `W/` included; null when there is none. */
  readonly etag: string | null;
  readonly lastModified: string | null;
}

/** A strong tag promises equal bytes; a weak one only equal meaning (RFC 9110 §8.8.1). */
export function strongEtag(validators: Validators): string | null {
  return validators.etag !== null && /^"[^"]*"$/.test(validators.etag) ? validators.etag : null;
}

/**
 * What to send as `If-Range` (RFC 9110 §13.1.5): a strong tag; or, without any tag, a date that is strong, which is one
 * at least a second older than the answer it came with (§8.8.2.2); or nothing.
 */
export function ifRange(validators: Validators, responseDate: string | null): string | null {
  const strong = strongEtag(validators);
  if (strong !== null) return strong;
  if (validators.etag !== null || validators.lastModified === null || responseDate === null) return null;
  const modified = Date.parse(validators.lastModified);
  const answered = Date.parse(responseDate);
  return answered - modified >= 1000 ? validators.lastModified : null;
}

/**
 * Whether two answers can be of the same file. Weak tags are compared as a hint, that is when both are there; a missing
 * validator proves nothing either way.
 */
export function sameVersion(a: Validators, b: Validators): boolean {
  if (a.etag !== null && b.etag !== null) return opaque(a.etag) === opaque(b.etag);
  if (a.lastModified !== null && b.lastModified !== null) return a.lastModified === b.lastModified;
  return true;
}

/**
 * True when both have the same strong tag, or no contradicting tags and the same date: proof enough to put their bytes
 * into one file. Equal weak tags alone promise equal meaning, not equal bytes.
 */
export function provesSameVersion(a: Validators, b: Validators): boolean {
  const strong = strongEtag(a);
  if (strong !== null && strong === strongEtag(b)) return true;
  return a.lastModified !== null && a.lastModified === b.lastModified && sameVersion(a, b);
}

function opaque(etag: string): string {
  return etag.replace(/^W\//, '');
}
