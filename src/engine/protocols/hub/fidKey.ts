/** A uuid may be written in capitals or without dashes; it is the same one, above all on disks that do not tell these apart. */
export function fidKey(fid: string): string {
  return fid.toLowerCase().replaceAll('-', '');
}
