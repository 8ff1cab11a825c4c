import type { HubAddressText } from '../../contract/hub.ts';

/** What a line of the Share Hub view stands for; commands get it as their argument. */
export type HubNode =
  | { readonly kind: 'hub'; readonly hub: HubAddressText }
  | { readonly kind: 'hubMembers'; readonly hub: HubAddressText }
  | { readonly kind: 'hubMember'; readonly hub: HubAddressText; readonly name: string; readonly index: number }
  /** A file of this user on its way to the hub, or one that did not get there. */
  | { readonly kind: 'hubUpload'; readonly hub: HubAddressText; readonly id: string }
  /** A file of somebody else on its way to the own hub. */
  | { readonly kind: 'hubIncoming'; readonly hub: HubAddressText; readonly fid: string }
  | HubFileNode
  /** Says what to do while there is no file. */
  | { readonly kind: 'hubEmpty'; readonly hub: HubAddressText };

export interface HubFileNode {
  readonly kind: 'hubFile';
  readonly hub: HubAddressText;
  readonly fid: string;
}

/** The same for the same line, different for all others. */
export function hubNodeKey(node: HubNode): string {
  switch (node.kind) {
    case 'hub':
    case 'hubMembers':
    case 'hubEmpty':
      return `${node.kind}:${node.hub}`;
    case 'hubMember':
      return `${node.kind}:${node.hub}/${node.index}/${node.name}`;
    case 'hubUpload':
      return `${node.kind}:${node.hub}/${node.id}`;
    case 'hubIncoming':
    case 'hubFile':
      return `${node.kind}:${node.hub}/${node.fid}`;
  }
}

export function isHubNode(value: unknown): value is HubNode {
  if (typeof value !== 'object' || value === null || !('kind' in value) || !('hub' in value)) return false;
  return typeof value.kind === 'string' && value.kind.startsWith('hub') && typeof value.hub === 'string';
}
