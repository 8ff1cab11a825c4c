import { basename } from 'node:path';
import type { ErrorInfo } from '../../contract/errors.ts';
import type {
  SeedFileSnapshot,
  SeedPeerSnapshot,
  ShareSnapshot,
  SharingPeer,
  SharingSnapshot,
} from '../../contract/seedApi.ts';
import type { TaskSnapshot } from '../../contract/task.ts';
import { formatBytes } from '../../kit/format.ts';
import { shortName } from '../../kit/shortName.ts';
import { downloadIcon } from '../downloadIcon.ts';
import { errorText, shortErrorText } from '../errorText.ts';
import type { TooltipLine } from '../taskItem.ts';
import { fileCount, SEPARATOR, stateLabel, waitsForRetry } from '../taskText.ts';
import type { Translate } from '../translate.ts';
import { FoundFiles } from './foundFiles.ts';
import { ipfsAdditionLine, ipfsFileLine, ipfsGroupLine, ipfsPeerLine, ipfsPeersLine } from './ipfsLine.ts';
import type { SeedsState } from './seedsMirror.ts';
import type { SeedsNode } from './seedsNode.ts';
import { shownSeeds } from './seedsOutline.ts';
import type { TreeLine } from './treeLine.ts';

/** More files of one seed would push everything else out of sight. */
const MOST_UNFOLDED = 100;

/** Null: it has gone since the view asked for it. */
export function seedsLine(state: SeedsState, node: SeedsNode, t: Translate): TreeLine | null {
  const { sharing, found, ipfs } = state;
  const or = <T, R>(value: T | null | undefined, line: (value: T) => R): R | null => (value ? line(value) : null);
  switch (node.kind) {
    case 'seedsGroup':
      if (node.group === 'found') return foundGroupLine(state, t);
      if (node.group === 'shared') return or(sharing, (snapshot) => sharedGroupLine(snapshot, t));
      return or(ipfs, (snapshot) => ipfsGroupLine(snapshot, t));
    case 'seed':
      return or(
        found?.peers.find(({ address }) => address === node.address),
        (seed) => seedLine(seed, t),
      );
    case 'seedFile':
      return seedFileLine(state, node, t);
    case 'share':
      return or(
        sharing?.shares.find(({ id }) => id === node.id),
        (share) => shareLine(share, sharing?.error ?? null, t),
      );
    case 'taker':
      return or(
        sharing?.peers.find(({ address }) => address === node.address),
        (taker) => takerLine(taker, t),
      );
    case 'ipfsFile':
      return or(
        ipfs?.files.find(({ cid }) => cid === node.cid),
        (file) => ipfsFileLine(file, t),
      );
    case 'ipfsAddition':
      return or(
        ipfs?.additions.find(({ path }) => path === node.path),
        (addition) => ipfsAdditionLine(addition, t),
      );
    case 'ipfsPeers':
      return or(ipfs, (snapshot) => ipfsPeersLine(snapshot, t));
    case 'ipfsPeer':
      return or(
        ipfs?.peers.find(({ id }) => id === node.id),
        (peer) => ipfsPeerLine(peer, t),
      );
  }
}

export function seedCount(count: number, t: Translate): string {
  return count === 1 ? t('1 seed') : t('{count} seeds', { count });
}

function foundGroupLine(state: SeedsState, t: Translate): TreeLine {
  const up = shownSeeds(state).filter((seed) => seed.state === 'up').length;
  const files = state.found?.files.length ?? 0;
  const silent = (state.found?.peers ?? []).filter((peer) => peer.state === 'down' && !peer.known);
  const nobody: TooltipLine[] =
    silent.length > 0 ? [{ label: t('Nobody at'), value: silent.map(({ address }) => address).join(', ') }] : [];
  return {
    label: t('Seeds Found'),
    description: up === 0 ? t('none') : [seedCount(up, t), fileCount(files, t)].join(SEPARATOR),
    icon: { id: 'search', color: null },
    contextValue: 'seedsGroup.found',
    folding: shownSeeds(state).length > 0 ? 'open' : 'none',
    tooltip: [{ label: t('Files that others on this machine share'), value: '' }, ...nobody],
  };
}

function seedLine(seed: SeedPeerSnapshot, t: Translate): TreeLine {
  const sizeBytes = seed.files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const tooltip: TooltipLine[] = [{ label: t('Seed'), value: String(seed.seedNumber) }];
  if (seed.form === 'classic') tooltip.push({ label: t('An old seed: it sends 32 bytes at a time'), value: '' });
  if (seed.unlisted > 0) {
    tooltip.push({ label: t('An old seed is asked for each size, so only the first files are listed'), value: '' });
    tooltip.push({ label: t('Others by their address'), value: `seed://${seed.address}/<${t('name')}>` });
  }
  if (seed.error !== null) tooltip.push({ label: errorText(seed.error, t), value: '' });
  const up = seed.state === 'up';
  const count = seed.files.length;
  const files =
    seed.unlisted === 0
      ? fileCount(count, t)
      : t('{listed} of {count} files', { listed: count, count: count + seed.unlisted });
  return {
    label: seed.address,
    description: up ? [files, formatBytes(sizeBytes)].join(SEPARATOR) : t('down'),
    icon: up
      ? seed.error === null
        ? { id: 'broadcast', color: null }
        : { id: 'warning', color: 'list.warningForeground' }
      : { id: 'debug-disconnect', color: 'disabledForeground' },
    contextValue: `seed.${seed.state}`,
    folding: !up || count === 0 ? 'none' : count > MOST_UNFOLDED ? 'closed' : 'open',
    tooltip,
  };
}

function seedFileLine(
  state: SeedsState,
  { seed, name }: { seed: string; name: string },
  t: Translate,
): TreeLine | null {
  const { found } = state;
  const files = found === null ? null : FoundFiles.of(found);
  const file = files?.offered(seed, name);
  if (!file) return null;
  const same = files?.unique(seed, name);
  const tooltip: TooltipLine[] = [{ label: t('Size'), value: formatBytes(file.sizeBytes) }];
  if (file.sha256 !== null) tooltip.push({ label: t('SHA-256'), value: file.sha256 });
  if (same && same.addresses.length > 1)
    tooltip.push({ label: t('Offered by'), value: seedCount(same.addresses.length, t) });
  const task = same ? downloadOf(state, same) : null;
  if (task) tooltip.push({ label: t('Download'), value: stateLabel(task.status.state, t) });
  if (task) tooltip.push({ label: t('To'), value: task.targetPath });
  const size = formatBytes(file.sizeBytes);
  return {
    // What happens to it is what people look for; otherwise the name is.
    label: task === null || task.status.state === 'completed' ? name : shortName(name),
    name,
    description: task ? [size, downloadText(task, t)].join(SEPARATOR) : size,
    icon: downloadIcon(task),
    contextValue: 'seedFile',
    folding: 'none',
    click: task ? (task.status.state === 'completed' ? { open: task.id } : { showPanel: task.id }) : 'download',
    tooltip,
  };
}

/** That of this very file: another one may have had its name there before. */
function downloadOf(state: SeedsState, file: SeedFileSnapshot): TaskSnapshot | null {
  const tasks = file.addresses.flatMap((address) => state.downloadOf(address) ?? []);
  const isThis = ({ sizeBytes, checksum }: TaskSnapshot) =>
    (sizeBytes === null || sizeBytes === file.sizeBytes) && isSameChecksum(checksum, file.sha256);
  return tasks.find(isThis) ?? null;
}

function isSameChecksum(checksum: string | null, sha256: string | null): boolean {
  return checksum === null || sha256 === null || !checksum.startsWith('sha256:') || checksum === `sha256:${sha256}`;
}

function downloadText(task: TaskSnapshot, t: Translate): string {
  const { state } = task.status;
  if (state === 'completed') return t('downloaded');
  return waitsForRetry(task) ? t('waiting to try again') : stateLabel(state, t);
}

function sharedGroupLine(sharing: SharingSnapshot, t: Translate): TreeLine {
  const { error } = sharing;
  const tooltip: TooltipLine[] = [];
  if (sharing.address !== null) tooltip.push({ label: t('Address'), value: sharing.address });
  tooltip.push({ label: t('Sent'), value: formatBytes(sharing.bytesServed) });
  if (error !== null) tooltip.push({ label: errorText(error, t), value: '' });
  const sent = sharing.bytesServed > 0 ? [t('{size} sent', { size: formatBytes(sharing.bytesServed) })] : [];
  const reach = sharing.address ?? t('nobody can reach it');
  return {
    label: t('Shared by You'),
    description: error === null ? [reach, ...sent].join(SEPARATOR) : errorText(error, t),
    icon: error === null ? { id: 'share', color: null } : { id: 'error', color: 'list.errorForeground' },
    contextValue: error === null ? 'seedsGroup.shared' : 'seedsGroup.shared.failed',
    folding: 'open',
    tooltip,
  };
}

/** @param serverError why nothing at all can be seen, which the group tells */
function shareLine(share: ShareSnapshot, serverError: ErrorInfo | null, t: Translate): TreeLine {
  const isHidden = share.kind === 'file' && share.hidden > 0;
  const parts = share.kind === 'folder' ? [fileCount(share.files, t)] : [];
  parts.push(isHidden ? t('nobody sees it: another file of this name is shared') : formatBytes(share.sizeBytes));
  if (share.hidden > 0 && !isHidden) parts.push(t('{count} hidden', { count: share.hidden }));
  if (share.bytesServed > 0) parts.push(t('{size} sent', { size: formatBytes(share.bytesServed) }));
  const tooltip: TooltipLine[] = [{ label: t('From'), value: share.path }];
  if (share.address !== null) tooltip.push({ label: t('Address'), value: share.address });
  if (share.link !== null) tooltip.push({ label: t('In a browser'), value: share.link });
  tooltip.push({ label: t('Sent'), value: formatBytes(share.bytesServed) });
  if (share.hashing > 0) tooltip.push({ label: t('Checksums being computed'), value: fileCount(share.hashing, t) });
  if (share.kind === 'folder') tooltip.push({ label: t('Only files right in the folder are shared'), value: '' });
  if (share.hidden > 0)
    tooltip.push({ label: t('Of files of one name others see the one that was shared first'), value: '' });
  const ownError = share.error?.code === serverError?.code ? null : share.error;
  if (ownError !== null) tooltip.push({ label: shareErrorText(ownError, t), value: '' });
  const name = basename(share.path) || share.path;
  return {
    label: ownError !== null || isHidden ? shortName(name) : name,
    name,
    description: ownError === null ? parts.join(SEPARATOR) : shareErrorText(ownError, t),
    icon:
      ownError !== null
        ? { id: 'error', color: 'list.errorForeground' }
        : isHidden
          ? { id: 'warning', color: 'list.warningForeground' }
          : { id: share.kind, color: null },
    contextValue: `share.${share.kind}`,
    folding: 'none',
    tooltip,
  };
}

/** The line tells the name already, and what is missing may be a folder. */
function shareErrorText(error: ErrorInfo, t: Translate): string {
  return error.code === 'file-missing' ? t('is gone; shared again when it is back') : shortErrorText(error, t);
}

function takerLine({ address, connections, bytesServed }: SharingPeer, t: Translate): TreeLine {
  const sent = t('{size} sent', { size: formatBytes(bytesServed) });
  const count = connections === 1 ? t('1 connection') : t('{count} connections', { count: connections });
  return {
    label: address,
    // Who has just gone stays for a moment.
    description: connections === 0 ? sent : [sent, count].join(SEPARATOR),
    icon: { id: 'arrow-up', color: null },
    contextValue: 'taker',
    folding: 'none',
    tooltip: [{ label: t('Takes files from you now'), value: '' }],
  };
}
