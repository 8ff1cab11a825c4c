import type { ChildProcess } from 'node:child_process';
import { connect } from 'node:net';
import { waitFor } from './waitFor.ts';

/** Resolves when somebody listens on the loopback port; rejects at once when the child that should do so has ended. */
export async function waitForPort(port: number, child: ChildProcess): Promise<void> {
  await waitFor(`${child.spawnfile} to listen on port ${port}`, () => {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended with ${child.exitCode} before it listened`);
    return new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
  });
}
