import * as vscode from 'vscode';
import { gatewayTarget, ipfsFileName } from '../ipfsLink.ts';
import type { LinkRequest } from '../linkInput.ts';
import { localize as t } from '../localize.ts';

/**
 * Links to IPFS gateways can be had from peers as well: asked once for all of them. Null when the user gives up.
 * The gateway stays the first source, so that a file arrives where IPFS does not work.
 */
export async function offerPeers(links: readonly LinkRequest[]): Promise<readonly LinkRequest[] | null> {
  const targets = links.map(({ address }) => gatewayTarget(address));
  if (targets.every((target) => target === null)) return links;
  const choices = [
    {
      label: `$(globe) ${t('From the Gateway and from Peers')}`,
      detail: t('Every block is checked by the CID, whoever sends it.'),
      peers: true,
    },
    {
      label: `$(cloud-download) ${t('From the Gateway Only')}`,
      detail: t('An ordinary download: what the gateway sends is believed.'),
      peers: false,
    },
  ];
  const picked = await vscode.window.showQuickPick(choices, {
    title: t('Link to an IPFS Gateway'),
    placeHolder: t('The link leads to a file on IPFS. Where should it come from?'),
    ignoreFocusOut: true,
  });
  if (!picked) return null;
  return links.map((link, index) => {
    const target = targets[index] ?? null;
    if (target === null) return link;
    const fileName = ipfsFileName(target);
    return {
      ...link,
      ...(fileName === null ? {} : { fileName }),
      ...(picked.peers ? { mirrors: [...(link.mirrors ?? []), target] } : {}),
    };
  });
}
