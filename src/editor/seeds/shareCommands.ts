import { basename } from 'node:path';
import * as vscode from 'vscode';
import { tryEach } from '../commands/tryEach.ts';
import { localize as t } from '../localize.ts';
import { seedFileOf } from './seedFiles.ts';
import type { Seeds } from './seeds.ts';
import type { SeedsMirror, SeedsState } from './seedsMirror.ts';
import { type SeedsNode, seedsNodesOf } from './seedsNode.ts';

/** How long a short "it is in the clipboard" stays in the status bar. */
const STATUS_MS = 3_000;

interface Question {
  readonly kinds: readonly SeedsNode['kind'][];
  /** Which one? */
  readonly ask: string;
}

/** Commands about what is shared already, by seeds or over IPFS. */
export function shareCommands({ seeds, mirror }: { seeds: Seeds; mirror: SeedsMirror }) {
  const copyEach = (question: Question, textOf: (node: SeedsNode) => string | null, done: string) => {
    return async (...args: unknown[]) => {
      const texts = (await pickNodes(args, question, mirror)).map(textOf);
      if (texts.length === 0) return;
      const known = texts.filter((text) => text !== null);
      if (known.length === 0) {
        const nobody = t('Nobody can reach it at the moment; the Seeds view says why.');
        void vscode.window.showInformationMessage(nobody);
        return;
      }
      await vscode.env.clipboard.writeText(known.join('\n'));
      vscode.window.setStatusBarMessage(`$(check) ${done}`, STATUS_MS);
    };
  };

  return {
    stopSharing: async (...args: unknown[]) => {
      const question: Question = { kinds: ['share', 'ipfsFile'], ask: t('Stop sharing what?') };
      await tryEach(await pickNodes(args, question, mirror), async (node) => {
        if (node.kind === 'share') await seeds.stopSharing(node.id);
        else if (node.kind === 'ipfsFile') await seeds.unshareOnIpfs(node.cid);
      });
    },
    copyShareAddress: copyEach(
      { kinds: ['share', 'ipfsFile', 'seed', 'seedFile', 'seedsGroup'], ask: t('Copy the address of what?') },
      (node) => addressOf(mirror, node),
      t('Address copied'),
    ),
    copyShareLink: copyEach(
      { kinds: ['share'], ask: t('Copy the link of what?') },
      (node) => (node.kind === 'share' ? (shareOf(mirror, node.id)?.link ?? null) : null),
      t('Link copied'),
    ),
    copyCid: copyEach(
      { kinds: ['ipfsFile'], ask: t('Copy the CID of which file?') },
      (node) => (node.kind === 'ipfsFile' ? node.cid : null),
      t('CID copied'),
    ),
  };
}

/** What a command is about: what it was called on, else the only thing that fits, else the user's choice of own shares. */
async function pickNodes(
  args: readonly unknown[],
  { kinds, ask }: Question,
  mirror: SeedsMirror,
): Promise<readonly SeedsNode[]> {
  const nodes = seedsNodesOf(args);
  if (nodes.length > 0) return nodes.filter(({ kind }) => kinds.includes(kind));
  const items = ownItems(mirror).filter(({ node }) => kinds.includes(node.kind));
  const [only] = items;
  if (!only) {
    void vscode.window.showInformationMessage(t('Nothing is shared.'));
    return [];
  }
  const picked = items.length === 1 ? only : await vscode.window.showQuickPick(items, { placeHolder: ask });
  return picked ? [picked.node] : [];
}

function ownItems({ sharing, ipfs }: SeedsState): (vscode.QuickPickItem & { node: SeedsNode })[] {
  const shares = (sharing?.shares ?? []).map(({ id, path }) => ({
    label: basename(path),
    description: path,
    node: { kind: 'share', id } as const,
  }));
  const files = (ipfs?.files ?? []).map(({ cid, name }) => ({
    label: name,
    description: t('IPFS'),
    node: { kind: 'ipfsFile', cid } as const,
  }));
  return [...shares, ...files];
}

function addressOf(state: SeedsState, node: SeedsNode): string | null {
  switch (node.kind) {
    case 'share':
      return shareOf(state, node.id)?.address ?? null;
    case 'ipfsFile':
      return state.ipfs?.files.find(({ cid }) => cid === node.cid)?.address ?? null;
    case 'seed':
      return `seed://${node.address}`;
    case 'seedsGroup': {
      const address = node.group === 'shared' ? state.sharing?.address : null;
      return address ? `seed://${address}` : null;
    }
    case 'seedFile':
      return seedFileOf(state, node)?.addresses[0] ?? null;
    default:
      return null;
  }
}

function shareOf({ sharing }: SeedsState, id: string) {
  return sharing?.shares.find((share) => share.id === id);
}
