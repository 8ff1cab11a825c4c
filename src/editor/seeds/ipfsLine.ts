import { basename } from 'node:path';
import type { IpfsAddition, IpfsFile, IpfsPeer, IpfsSnapshot } from '../../contract/ipfs.ts';
import { formatBytes, percentOf } from '../../kit/format.ts';
import { shortName } from '../../kit/shortName.ts';
import { errorText } from '../errorText.ts';
import type { TooltipLine } from '../taskItem.ts';
import { SEPARATOR } from '../taskText.ts';
import type { Translate } from '../translate.ts';
import type { TreeLine } from './treeLine.ts';

/** As many characters of a peer's id as tell it from others. */
const SHORT_ID = 8;

export function ipfsGroupLine(ipfs: IpfsSnapshot, t: Translate): TreeLine {
  const tooltip: TooltipLine[] = [
    { label: t('Network'), value: networkText(ipfs, t) },
    { label: t('State'), value: stateText(ipfs, t) },
  ];
  if (ipfs.peerId !== null) tooltip.push({ label: t('Own peer id'), value: ipfs.peerId });
  for (const address of ipfs.addresses) tooltip.push({ label: t('Address'), value: address });
  if (ipfs.sentBytes > 0) tooltip.push({ label: t('Sent'), value: formatBytes(ipfs.sentBytes) });
  if (ipfs.error !== null) tooltip.push({ label: errorText(ipfs.error, t), value: '' });
  return {
    label: t('IPFS'),
    description:
      ipfs.error === null
        ? [networkText(ipfs, t), peerCount(ipfs.peers.length, t)].join(SEPARATOR)
        : errorText(ipfs.error, t),
    icon: ipfs.error === null ? { id: 'globe', color: null } : { id: 'error', color: 'list.errorForeground' },
    contextValue: `seedsGroup.ipfs.${ipfs.state}`,
    folding: ipfs.files.length + ipfs.additions.length + ipfs.peers.length > 0 ? 'open' : 'none',
    tooltip,
  };
}

export function ipfsFileLine(file: IpfsFile, t: Translate): TreeLine {
  const announced = file.provided ? t('announced') : t('not announced yet');
  return {
    label: file.name,
    description: [formatBytes(file.sizeBytes), announced].join(SEPARATOR),
    icon: null,
    contextValue: 'ipfs.file',
    folding: 'none',
    tooltip: [
      { label: t('CID'), value: file.cid },
      { label: t('From'), value: file.path },
      {
        label: file.provided
          ? t('Others find it by its CID')
          : t('Whoever knows this node can fetch it; others find it once another node that offers files is connected'),
        value: '',
      },
    ],
  };
}

export function ipfsAdditionLine({ path, readBytes, sizeBytes }: IpfsAddition, t: Translate): TreeLine {
  const name = basename(path);
  return {
    label: shortName(name),
    name,
    description: t('computing its CID, {percent} %', { percent: percentOf(readBytes, sizeBytes) ?? 0 }),
    icon: { id: 'sync', color: null },
    contextValue: 'ipfs.addition',
    folding: 'none',
    tooltip: [{ label: t('From'), value: path }],
  };
}

export function ipfsPeersLine({ peers }: IpfsSnapshot, t: Translate): TreeLine {
  return {
    label: t('Peers'),
    description: String(new Set(peers.map(({ id }) => id)).size),
    icon: { id: 'organization', color: null },
    contextValue: 'ipfs.peers',
    folding: 'closed',
    tooltip: [],
  };
}

export function ipfsPeerLine({ id, address, direction }: IpfsPeer, t: Translate): TreeLine {
  return {
    label: `…${id.slice(-SHORT_ID)}`,
    description: address.replace(/\/p2p\/.*$/, ''),
    icon: { id: direction === 'inbound' ? 'arrow-left' : 'arrow-right', color: null },
    contextValue: 'ipfs.peer',
    folding: 'none',
    tooltip: [
      { label: t('Peer id'), value: id },
      { label: t('Address'), value: address },
    ],
  };
}

function networkText({ network }: IpfsSnapshot, t: Translate): string {
  return network === 'private' ? t('private network') : t('public network');
}

function stateText({ state }: IpfsSnapshot, t: Translate): string {
  switch (state) {
    case 'off':
      return t('off until it is needed');
    case 'guest':
      return t('fetches, and offers nothing');
    case 'serving':
      return t('offers files to others');
  }
}

function peerCount(count: number, t: Translate): string {
  if (count === 0) return t('no peer');
  return count === 1 ? t('1 peer') : t('{count} peers', { count });
}
