import type { HubFile } from '../../contract/hub.ts';
import type { HubMirror } from './hubMirror.ts';
import type { HubNode } from './hubNode.ts';

/** The lines under a line of the Share Hub view, or its first lines: hubs, in each the members, what is on its way, the files. */
export function hubOutline(mirror: HubMirror, parent: HubNode | null): readonly HubNode[] {
  if (parent === null) return mirror.hubs.map(({ address }) => ({ kind: 'hub', hub: address }));
  const { hub } = parent;
  if (parent.kind === 'hubMembers') {
    const members = mirror.hub(hub)?.members ?? [];
    return members.map((name, index) => ({ kind: 'hubMember', hub, name, index }));
  }
  const state = mirror.hub(hub);
  if (parent.kind !== 'hub' || state === null) return [];
  const files = [...mirror.filesOf(hub)].sort(latestFirst);
  const uploads = mirror.uploadsTo(hub);
  const ours = new Set(uploads.map(({ fid }) => fid));
  const incoming = (state.own?.incoming ?? []).filter(({ fid }) => !ours.has(fid));
  const nodes: HubNode[] = [];
  const isConnected = state.state === 'joined' || state.state === 'connecting';
  if (isConnected && state.members.length > 0) nodes.push({ kind: 'hubMembers', hub });
  for (const { id } of uploads) nodes.push({ kind: 'hubUpload', hub, id });
  for (const { fid } of incoming) nodes.push({ kind: 'hubIncoming', hub, fid });
  for (const { fid } of files) nodes.push({ kind: 'hubFile', hub, fid });
  const isIn = state.state === 'joined';
  if (isIn && uploads.length + incoming.length + files.length === 0) nodes.push({ kind: 'hubEmpty', hub });
  return nodes;
}

export function latestFirst(left: HubFile, right: HubFile): number {
  return timeOf(right) - timeOf(left) || left.name.localeCompare(right.name) || (left.fid < right.fid ? -1 : 1);
}

/** A hub may say anything about its clock. */
function timeOf({ uploadedAt }: HubFile): number {
  return Date.parse(uploadedAt) || 0;
}
