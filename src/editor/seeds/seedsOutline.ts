import type { SeedPeerSnapshot } from '../../contract/seedApi.ts';
import { FoundFiles } from './foundFiles.ts';
import type { SeedsState } from './seedsMirror.ts';
import type { SeedsNode } from './seedsNode.ts';

/** Which lines stand below which; null: at the top. Nothing at all makes room for the view's welcome text. */
export function seedsChildren(state: SeedsState, parent: SeedsNode | null): SeedsNode[] {
  if (parent === null) return groups(state);
  switch (parent.kind) {
    case 'seedsGroup':
      return inGroup(state, parent.group);
    case 'seed': {
      const names = state.found === null ? [] : FoundFiles.of(state.found).namesOf(parent.address);
      return names.map((name) => ({ kind: 'seedFile', seed: parent.address, name }));
    }
    case 'ipfsPeers':
      // A peer may be connected twice.
      return [...new Set((state.ipfs?.peers ?? []).map(({ id }) => id))].map((id) => ({ kind: 'ipfsPeer', id }));
    default:
      return [];
  }
}

/** The line above a line; null: it stands at the top. */
export function seedsParent(node: SeedsNode): SeedsNode | null {
  switch (node.kind) {
    case 'seedsGroup':
      return null;
    case 'seed':
      return { kind: 'seedsGroup', group: 'found' };
    case 'seedFile':
      return { kind: 'seed', address: node.seed };
    case 'share':
    case 'taker':
      return { kind: 'seedsGroup', group: 'shared' };
    case 'ipfsFile':
    case 'ipfsAddition':
    case 'ipfsPeers':
      return { kind: 'seedsGroup', group: 'ipfs' };
    case 'ipfsPeer':
      return { kind: 'ipfsPeers' };
  }
}

/** Ports at which nobody was ever seen are not shown one by one. */
export function shownSeeds({ found }: SeedsState): readonly SeedPeerSnapshot[] {
  return (found?.peers ?? []).filter(({ state, known }) => state === 'up' || known);
}

function groups(state: SeedsState): SeedsNode[] {
  const { sharing, found, ipfs } = state;
  const hasShares = (sharing?.shares.length ?? 0) > 0;
  const hasIpfs = ipfs !== null && (ipfs.state !== 'off' || ipfs.additions.length > 0 || ipfs.error !== null);
  const hasSeeds = shownSeeds(state).length > 0;
  const nodes: SeedsNode[] = [];
  if (hasSeeds || (found !== null && (hasShares || hasIpfs))) nodes.push({ kind: 'seedsGroup', group: 'found' });
  if (hasShares) nodes.push({ kind: 'seedsGroup', group: 'shared' });
  if (hasIpfs) nodes.push({ kind: 'seedsGroup', group: 'ipfs' });
  return nodes;
}

function inGroup(state: SeedsState, group: 'found' | 'shared' | 'ipfs'): SeedsNode[] {
  const { sharing, ipfs } = state;
  switch (group) {
    case 'found':
      return shownSeeds(state).map(({ address }) => ({ kind: 'seed', address }));
    case 'shared': {
      const shares = (sharing?.shares ?? []).map(({ id }): SeedsNode => ({ kind: 'share', id }));
      const takers = (sharing?.peers ?? []).map(({ address }): SeedsNode => ({ kind: 'taker', address }));
      return [...shares, ...takers];
    }
    case 'ipfs': {
      const additions = (ipfs?.additions ?? []).map(({ path }): SeedsNode => ({ kind: 'ipfsAddition', path }));
      const files = (ipfs?.files ?? []).map(({ cid }): SeedsNode => ({ kind: 'ipfsFile', cid }));
      const peers: SeedsNode[] = (ipfs?.peers.length ?? 0) > 0 ? [{ kind: 'ipfsPeers' }] : [];
      return [...additions, ...files, ...peers];
    }
  }
}
