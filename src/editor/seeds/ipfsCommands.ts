import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { IpfsSettings } from '../../contract/settings.ts';
import { tryEach } from '../commands/tryEach.ts';
import { localize as t } from '../localize.ts';
import { chooseToShare } from './chooseToShare.ts';
import type { Seeds } from './seeds.ts';
import type { SeedsMirror } from './seedsMirror.ts';
import type { SeedsView } from './seedsView.ts';

export interface IpfsCommandsInit {
  readonly seeds: Seeds;
  readonly mirror: SeedsMirror;
  readonly view: SeedsView;
  readonly settings: () => IpfsSettings;
}

/** How long a short "it is in the clipboard" stays in the status bar. */
const STATUS_MS = 3_000;

/** Commands about the IPFS node of this user, and what it offers. */
export function ipfsCommands({ seeds, mirror, view, settings }: IpfsCommandsInit) {
  return {
    shareOnIpfs: async (...args: unknown[]) => {
      const paths = await chooseToShare(args, 'file');
      if (paths.length === 0 || !(await mayShare(paths, settings()))) return;
      // Where its progress is seen; the command itself may take as long as a big file is read.
      await view.reveal();
      const addresses: string[] = [];
      const shared = tryEach(paths, async (path) => {
        const title = t('Computing the CID of {name}', { name: basename(path) });
        const progress = { location: vscode.ProgressLocation.Window, title };
        const { cid, address } = await vscode.window.withProgress(progress, () => seeds.shareOnIpfs(path));
        addresses.push(address);
        await view.reveal({ kind: 'ipfsFile', cid });
      });
      await shared.finally(async () => {
        if (addresses.length === 0) return;
        await vscode.env.clipboard.writeText(addresses.join('\n'));
        vscode.window.setStatusBarMessage(`$(check) ${t('Shared; the address is in the clipboard')}`, STATUS_MS);
      });
    },
    startIpfs: async () => {
      await seeds.startIpfs();
      await view.reveal({ kind: 'seedsGroup', group: 'ipfs' });
    },
    stopIpfs: async () => {
      // The line that is taken away may be out of sight, or was never there.
      const text = mirror.ipfs?.state === 'off' ? t('The IPFS node is off already') : t('The IPFS node is off');
      await seeds.stopIpfs();
      vscode.window.setStatusBarMessage(`$(check) ${text}`, STATUS_MS);
    },
    copyIpfsNodeAddress: async () => {
      const { addresses } = mirror.ipfs?.state === 'serving' ? mirror.ipfs : await seeds.startIpfs();
      await vscode.env.clipboard.writeText(addresses.join('\n'));
      vscode.window.setStatusBarMessage(`$(check) ${t('Address copied')}`, STATUS_MS);
    },
  };
}

/** What the whole world may fetch cannot be taken back. */
async function mayShare(paths: readonly string[], { network }: IpfsSettings): Promise<boolean> {
  if (network === 'private') return true;
  const [first = ''] = paths;
  const what = paths.length === 1 ? basename(first) : t('{count} files', { count: paths.length });
  const yes = t('Share with Everybody');
  const answer = await vscode.window.showWarningMessage(
    t('Share {what} on the public IPFS network?', { what }),
    {
      modal: true,
      detail: t('Everybody who learns its CID can fetch it, and copies that others keep cannot be called back.'),
    },
    yes,
  );
  return answer === yes;
}
