import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { type CliResult, startCli } from '../runCli.ts';
import type { Scope } from '../scope.ts';
import { tempFolder } from '../tempFolder.ts';
import { waitFor } from '../waitFor.ts';

export interface HubProcess {
  readonly child: ChildProcess;
  readonly port: number;
  readonly result: Promise<CliResult>;
  /** SIGKILL, at once. */
  kill(): Promise<void>;
}

/** `tributary hub serve` in its own process. @param port @default any free one */
export async function startHubProcess(scope: Scope, folder: string, port = 0, ...more: string[]): Promise<HubProcess> {
  const data = tempFolder(scope);
  const args = ['hub', 'serve', '--port', String(port), '--dir', folder, ...more];
  const { child, result } = startCli(scope, args, { cwd: folder, env: { XDG_DATA_HOME: data, HOME: data } });
  let stdout = '';
  child.stdout?.on('data', (text: string) => {
    stdout += text;
  });
  const found = await waitFor('the hub to listen', () => {
    if (child.exitCode !== null) throw new Error(`the hub ended with ${child.exitCode}: ${stdout}`);
    return /^listening on .*:(\d+)$/m.exec(stdout) ?? undefined;
  });
  const kill = async (): Promise<void> => {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  return { child, port: Number(found[1]), result, kill };
}
