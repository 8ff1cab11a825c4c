export const MIB = 1 << 20;
export const GIB = 1024 * MIB;

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

export function milliseconds(ms: number): string {
  return `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
}

/** Millions of bytes, as the peers' manuals count memory. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

export function mebibytes(bytes: number): string {
  return bytes >= GIB ? `${bytes / GIB} GiB` : `${bytes / MIB} MiB`;
}

export function times(ratio: number): string {
  return `${ratio.toFixed(2)} ×`;
}
