import { abortable } from '../kit/abort.ts';
import { closeServer } from './closeServer.ts';
import { EXIT_COMPLETE } from './exitCode.ts';
import { Interrupt } from './interrupt.ts';

/** Something that serves others for as long as a command runs. */
export interface CommandServer {
  /** Resolves when it listens, and has said so. `signal` is aborted when nobody wants that any more. */
  start(options: { signal: AbortSignal }): Promise<void>;
  /** Also after a start that has failed. */
  close(): Promise<void>;
}

/**
 * The life of a command that serves: until the first signal, which is how it is meant to end.
 * @returns the exit status
 * @throws what `start` throws
 */
export async function serveUntilStopped(server: CommandServer): Promise<number> {
  const interrupt = new Interrupt();
  const { signal } = interrupt;
  try {
    await server.start({ signal });
    await abortable(new Promise<never>(() => {}), { signal });
  } catch (error) {
    if (!interrupt.happened) throw error;
  } finally {
    await closeServer(server.close());
    interrupt.dispose();
  }
  return EXIT_COMPLETE;
}
