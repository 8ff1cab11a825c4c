/** What a line of the Seeds view stands for; item commands get it as their argument. */
export type SeedsNode =
  | { readonly kind: 'seedsGroup'; readonly group: 'found' | 'shared' | 'ipfs' }
  /** Somebody else's seed. */
  | { readonly kind: 'seed'; readonly address: string }
  | { readonly kind: 'seedFile'; readonly seed: string; readonly name: string }
  /** What this user shares. */
  | { readonly kind: 'share'; readonly id: string }
  /** Who takes something of it now. */
  | { readonly kind: 'taker'; readonly address: string }
  | { readonly kind: 'ipfsFile'; readonly cid: string }
  | { readonly kind: 'ipfsAddition'; readonly path: string }
  | { readonly kind: 'ipfsPeers' }
  | { readonly kind: 'ipfsPeer'; readonly id: string };

type Kind = SeedsNode['kind'];

const KEYS: { readonly [K in Kind]: (node: Extract<SeedsNode, { kind: K }>) => string } = {
  seedsGroup: ({ group }) => group,
  seed: ({ address }) => address,
  // No address holds a slash.
  seedFile: ({ seed, name }) => `${seed}/${name}`,
  share: ({ id }) => id,
  taker: ({ address }) => address,
  ipfsFile: ({ cid }) => cid,
  ipfsAddition: ({ path }) => path,
  ipfsPeers: () => '',
  ipfsPeer: ({ id }) => id,
};

/** Tells one line from all others, and stays the same as long as it is there. */
export function keyOf(node: SeedsNode): string {
  const key = KEYS[node.kind] as (node: SeedsNode) => string;
  return `${node.kind}:${key(node)}`;
}

export function isSeedsNode(value: unknown): value is SeedsNode {
  return typeof value === 'object' && value !== null && 'kind' in value && Object.hasOwn(KEYS, String(value.kind));
}

/** The arguments of a command as lines of the view: the one it was called on, and all that are selected with it. */
export function seedsNodesOf(args: readonly unknown[]): SeedsNode[] {
  const [node, selection] = args;
  const selected = Array.isArray(selection) ? selection.filter(isSeedsNode) : [];
  if (selected.length > 0) return selected;
  return isSeedsNode(node) ? [node] : [];
}
