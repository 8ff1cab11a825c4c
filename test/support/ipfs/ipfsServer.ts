import type { ChildProcess } from 'node:child_process';
import { startCli } from '../runCli.ts';
import type { Scope } from '../scope.ts';
import { tempFolder } from '../tempFolder.ts';

export interface IpfsServer {
  readonly child: ChildProcess;
  readonly address: string;
  readonly peerId: string;
  /** The repository. */
  readonly folder: string;
  readonly ended: Promise<{ exitCode: number | null; stdout: string; stderr: string }>;
}

/** `tributary ipfs serve` in a process of its own. */
export async function startIpfsServer(
  scope: Scope,
  options: { folder?: string; args?: readonly string[] } = {},
): Promise<IpfsServer> {
  const folder = options.folder ?? tempFolder(scope);
  const { child, result } = startCli(scope, ['ipfs', 'serve', '--dir', folder, ...(options.args ?? [])], {
    cwd: folder,
  });
  const address = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (more: string) => {
      text += more;
      const found = /^(\/\S+\/p2p\/\S+)\n[\s\S]*^listening on /m.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
    result.then(({ stdout, stderr }) => reject(new Error(`ipfs serve ended: ${stdout}${stderr}`)), reject);
  });
  return { child, address, peerId: address.replace(/^.*\/p2p\//, ''), folder, ended: result };
}
