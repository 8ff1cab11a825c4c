/** What a process that is looked at for leaks is told to do, and what it holds afterwards. */
export type TaskEnd = 'completed' | 'failed' | 'paused' | 'cancelled';

export type ProbeOrder =
  | { readonly kind: 'run'; readonly addresses: readonly string[]; readonly tasks: number; readonly end: TaskEnd }
  | { readonly kind: 'measure' }
  | { readonly kind: 'close' };

export interface Held {
  /** After two collections. */
  readonly heapBytes: number;
  /** Open files and sockets; null where that cannot be told. */
  readonly descriptors: number | null;
  /** TCP connections. */
  readonly connections: number;
}

export type ProbeAnswer = { readonly held: Held } | { readonly error: string };
