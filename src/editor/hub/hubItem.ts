import type { HubFile, SharedTakers } from '../../contract/hub.ts';
import type { TaskSnapshot } from '../../contract/task.ts';
import { formatBytes, formatRate, percentOf } from '../../kit/format.ts';
import { shortName } from '../../kit/shortName.ts';
import { downloadIcon } from '../downloadIcon.ts';
import { errorText } from '../errorText.ts';
import type { TooltipLine } from '../taskItem.ts';
import { amountText, fileCount, SEPARATOR, stateLabel } from '../taskText.ts';
import type { Translate } from '../translate.ts';
import type { HubMirror, HubState } from './hubMirror.ts';
import { type HubFileNode, type HubNode, hubNodeKey } from './hubNode.ts';
import { hubOutline } from './hubOutline.ts';
import {
  fullWhenText,
  hubDescription,
  hubFileDescription,
  membersDescription,
  takersText,
  uploadDescription,
  type WhenStyle,
} from './hubText.ts';

/** What happens at a click on a line. */
export type HubClick =
  | { readonly command: 'download' | 'open' | 'share' | 'enterKey' | 'start' }
  /** Of the download that brings the file. */
  | { readonly command: 'showPanel'; readonly taskId: string };

/** A line of the Share Hub view as plain values; the view turns it into an item of the editor. */
export interface HubItem {
  readonly id: string;
  readonly label: string;
  /** The whole of it, of which the label may leave out the middle. */
  readonly name: string;
  readonly description: string;
  /** Id of a product icon; null for the icon of the file's type. */
  readonly icon: { readonly id: string; readonly color: string | null } | null;
  readonly contextValue: string;
  readonly children: 'none' | 'collapsed' | 'expanded';
  readonly click: HubClick | null;
  readonly accessibilityLabel: string;
}

export interface HubItemContext {
  readonly mirror: HubMirror;
  /** The download of an address, as `hub://host:port/<fid>`; the latest. */
  readonly taskOf: (address: string) => TaskSnapshot | null;
  readonly when: WhenStyle;
  readonly t: Translate;
}

type Looks = Omit<HubItem, 'id' | 'name' | 'accessibilityLabel'> & { readonly name?: string };

/** Null for a line whose subject is gone. */
export function hubItem(node: HubNode, context: HubItemContext): HubItem | null {
  const looks = looksOf(node, context);
  if (looks === null) return null;
  const { name = looks.label } = looks;
  const accessibilityLabel = [name, looks.description.replaceAll(SEPARATOR, ', ')].filter(Boolean).join(', ');
  return { id: hubItemId(node, looks.children), accessibilityLabel, ...looks, name };
}

/** The editor decides once for an id whether it is unfolded: a hub that gets its first lines later would stay folded. */
function hubItemId(node: HubNode, children: HubItem['children']): string {
  return children === 'none' ? hubNodeKey(node) : `${hubNodeKey(node)}/`;
}

function looksOf(node: HubNode, context: HubItemContext): Looks | null {
  const { mirror, t } = context;
  switch (node.kind) {
    case 'hub': {
      const hub = mirror.hub(node.hub);
      return hub && { ...hubLooks(hub, mirror.filesOf(node.hub).length, t), children: hasLines(mirror, node) };
    }
    case 'hubMembers': {
      const hub = mirror.hub(node.hub);
      if (hub === null) return null;
      return {
        label: t('Members'),
        description: membersDescription(hub),
        icon: { id: 'organization', color: null },
        contextValue: 'hubMembers',
        children: 'collapsed',
        click: null,
      };
    }
    case 'hubMember':
      return {
        label: node.name,
        // Others may have the same name; oneself is the first.
        description: node.name === mirror.name && node.index === 0 ? t('you') : '',
        icon: { id: 'account', color: null },
        contextValue: 'hubMember',
        children: 'none',
        click: null,
      };
    case 'hubUpload': {
      const upload = mirror.upload(node.id);
      if (upload === null) return null;
      const failed = upload.status.state === 'failed';
      return {
        label: shortName(upload.name),
        name: upload.name,
        description: uploadDescription(upload, t),
        icon: failed ? { id: 'error', color: 'list.errorForeground' } : { id: 'cloud-upload', color: null },
        contextValue: failed ? 'hubUpload.failed' : 'hubUpload.active',
        children: 'none',
        click: null,
      };
    }
    case 'hubIncoming': {
      const incoming = mirror.own?.incoming.find(({ fid }) => fid === node.fid);
      if (incoming === undefined) return null;
      const percent = `${percentOf(incoming.receivedBytes, incoming.sizeBytes)} %`;
      return {
        label: shortName(incoming.name),
        name: incoming.name,
        description: [percent, t('from {name}', { name: incoming.uploader })].join(SEPARATOR),
        icon: { id: 'sync', color: null },
        contextValue: 'hubIncoming',
        children: 'none',
        click: null,
      };
    }
    case 'hubFile':
      return fileLooks(node, context);
    case 'hubEmpty':
      return {
        label: t('No files yet'),
        description: t('share one'),
        icon: { id: 'cloud-upload', color: null },
        contextValue: 'hubEmpty',
        children: 'none',
        click: { command: 'share' },
      };
  }
}

function hasLines(mirror: HubMirror, node: HubNode): HubItem['children'] {
  return hubOutline(mirror, node).length > 0 ? 'expanded' : 'none';
}

function hubLooks(hub: HubState, files: number, t: Translate): Omit<Looks, 'children'> {
  return {
    label: hub.own === null ? hub.address : t('Your Hub'),
    description: hubDescription(hub, files, t),
    icon: hubIcon(hub),
    contextValue: hubContext(hub),
    click: hub.state === 'key-needed' ? { command: 'enterKey' } : hub.state === 'failed' ? { command: 'start' } : null,
  };
}

/** `hub`, then `own` or `other`, its state, and `key` when the own one has a key. */
function hubContext({ own, state }: HubState): string {
  return ['hub', own === null ? 'other' : 'own', state, ...(own?.hasKey ? ['key'] : [])].join('.');
}

function hubIcon({ own, state }: HubState): Looks['icon'] {
  switch (state) {
    case 'joined':
      return { id: own === null ? 'server' : 'broadcast', color: null };
    case 'connecting':
      return { id: 'sync', color: null };
    case 'key-needed':
      return { id: 'key', color: 'list.warningForeground' };
    case 'waiting':
      return { id: 'debug-disconnect', color: 'list.warningForeground' };
    case 'failed':
      return { id: 'error', color: 'list.errorForeground' };
  }
}

function fileLooks({ hub, fid }: HubFileNode, { mirror, taskOf, when, t }: HubItemContext): Looks | null {
  const file = mirror.file(hub, fid);
  if (file === null) return null;
  const task = taskOf(file.address);
  const takers = takersOf(mirror, hub, fid);
  // What happens to it is what people look for; otherwise the name is.
  const hasNews = takers !== null || (task !== null && task.status.state !== 'completed');
  const removable = file.mine || mirror.hub(hub)?.own != null;
  return {
    label: hasNews ? shortName(file.name) : file.name,
    name: file.name,
    description: hubFileDescription(file, { task, takers }, when, t),
    icon: downloadIcon(task),
    contextValue: `hubFile.${fileState(task)}${removable ? '.removable' : ''}`,
    children: 'none',
    click: fileClick(file, task),
  };
}

/** Who takes a file is known of the own hub. */
function takersOf(mirror: HubMirror, hub: string, fid: string): SharedTakers | null {
  return mirror.hub(hub)?.own?.takers.find((takers) => takers.fid === fid) ?? null;
}

/** With the phase: what comes after 'connecting…' is shown at once, also to whoever reads the tooltip. */
function fileState(task: TaskSnapshot | null): string {
  if (task === null) return 'there';
  const { status } = task;
  if (status.state === 'completed') return 'downloaded';
  return status.state === 'active' ? status.phase : 'downloading';
}

/** Whoever shared a file has it; the menu downloads it all the same. */
function fileClick({ mine }: HubFile, task: TaskSnapshot | null): HubClick | null {
  if (task === null) return mine ? null : { command: 'download' };
  return task.status.state === 'completed' ? { command: 'open' } : { command: 'showPanel', taskId: task.id };
}

/** Empty for a line that has nothing more to tell. */
export function hubTooltip(node: HubNode, { mirror, taskOf, when, t }: HubItemContext): readonly TooltipLine[] {
  const lines: TooltipLine[] = [];
  const add = (label: string, value: string) => lines.push({ label, value });
  const hub = mirror.hub(node.hub);
  if (node.kind === 'hubFile') {
    const file = mirror.file(node.hub, node.fid);
    if (file === null) return [];
    const task = taskOf(file.address);
    add(t('Size'), formatBytes(file.sizeBytes));
    add(t('Shared by'), file.mine ? t('you') : file.uploader);
    add(t('Shared'), fullWhenText(file.uploadedAt, when.locale));
    const takers = takersText(takersOf(mirror, node.hub, node.fid), t);
    if (takers.length > 0) add(t('Others'), takers.join(SEPARATOR));
    if (task) add(t('Download'), stateLabel(task.status.state, t));
    if (task && task.status.state !== 'completed') add(t('Progress'), amountText(task, t));
    if (task) add(t('To'), task.targetPath);
    if (file.sha256 !== null) add(t('SHA-256'), file.sha256);
  } else if (node.kind === 'hubUpload') {
    const upload = mirror.upload(node.id);
    if (upload === null) return [];
    const { status } = upload;
    add(t('Size'), formatBytes(upload.sizeBytes));
    if (status.state === 'active') add(t('Speed'), formatRate(status.bytesPerSecond));
    if (status.state === 'active' && status.waiting) add(t('Waiting'), errorText(status.waiting, t));
    if (status.state === 'failed') add(t('Reason'), errorText(status.error, t));
    add(t('From'), upload.path);
  } else if (node.kind === 'hub' && hub !== null) {
    if (hub.error !== null) add(t('Reason'), errorText(hub.error, t));
    if (hub.own === null) add(t('Address'), hub.address);
    for (const address of hub.own?.addresses ?? []) add(t('Address'), address);
    if (hub.own !== null) {
      add(t('Key'), hub.own.hasKey ? t('others need it to join') : t('none; only this computer can join'));
      add(t('Files'), [fileCount(hub.own.files, t), formatBytes(hub.own.totalBytes)].join(SEPARATOR));
      add(t('Folder'), hub.own.folder);
    }
  } else if (node.kind === 'hubMembers' && hub !== null) {
    const who =
      hub.own === null ? t('You, and everybody who has shared a file here.') : t('Everybody who is connected now.');
    lines.push({ label: who, value: '' });
  }
  return lines;
}
