import * as vscode from 'vscode';
import { oneOf } from '../commands/taskTargets.ts';
import { iconless } from '../iconless.ts';
import { localize as t } from '../localize.ts';
import { fileCount } from '../taskText.ts';
import type { HubMirror, HubState, SharedFile } from './hubMirror.ts';
import { type HubNode, isHubNode } from './hubNode.ts';
import { latestFirst } from './hubOutline.ts';
import { hubDescription, hubFileDescription } from './hubText.ts';

/** The arguments of a command as lines of the view: the line it was called on, and all that are selected with it. */
export function hubNodesOf(args: readonly unknown[]): HubNode[] {
  const [node, selection] = args;
  const selected = Array.isArray(selection) ? selection.filter(isHubNode) : [];
  if (selected.length > 0) return selected;
  return isHubNode(node) ? [node] : [];
}

/** The hub that a command is about: of the line it was called on, else the only fitting one, else the user's choice. */
export async function pickHub(
  args: readonly unknown[],
  mirror: HubMirror,
  question: { readonly ask: string; readonly none: string; readonly fits?: (hub: HubState) => boolean },
): Promise<HubState | null> {
  const [node] = hubNodesOf(oneOf(args));
  if (node !== undefined) return mirror.hub(node.hub);
  const { ask, none, fits = () => true } = question;
  // Those that answer first.
  const isAway = ({ state }: HubState) => Number(state !== 'joined');
  const candidates = mirror.hubs.filter(fits).sort((left, right) => isAway(left) - isAway(right));
  const [only] = candidates;
  if (only === undefined) {
    void vscode.window.showInformationMessage(none);
    return null;
  }
  if (candidates.length === 1) return only;
  const items = candidates.map((hub) => ({
    label: hub.own === null ? hub.address : t('Your Hub'),
    description: hubDescription(hub, mirror.filesOf(hub.address).length, t),
    hub,
  }));
  return (await vscode.window.showQuickPick(items, { placeHolder: ask }))?.hub ?? null;
}

/** The files that a command is about: those of the lines it was called on, else the user's choice. */
export async function pickFiles(
  args: readonly unknown[],
  mirror: HubMirror,
  question: { readonly ask: string; readonly none: string; readonly fits?: (shared: SharedFile) => boolean },
): Promise<readonly SharedFile[]> {
  const { ask, none, fits = () => true } = question;
  const nodes = hubNodesOf(args);
  if (nodes.length > 0) {
    const files = nodes.flatMap((node) => {
      const file = node.kind === 'hubFile' ? mirror.file(node.hub, node.fid) : null;
      return file === null ? [] : [{ hub: node.hub, file }];
    });
    // As from a notification that was read later.
    if (files.length === 0)
      void vscode.window.showInformationMessage(t('The file is no longer on a hub that you are in.'));
    return files.filter(fits);
  }
  const candidates = mirror.hubs
    .flatMap(({ address }) => mirror.filesOf(address).map((file) => ({ hub: address, file })))
    .filter(fits)
    .sort((left, right) => latestFirst(left.file, right.file));
  if (candidates.length === 0) {
    void vscode.window.showInformationMessage(none);
    return [];
  }
  const when = { nowMs: Date.now(), locale: vscode.env.language };
  const several = mirror.hubs.length > 1;
  const items = candidates.map((shared) => ({
    label: iconless(shared.file.name),
    description: iconless(hubFileDescription(shared.file, { task: null, takers: null }, when, t)),
    ...(several ? { detail: shared.hub } : {}),
    shared,
  }));
  const picked = await vscode.window.showQuickPick(items, { placeHolder: ask, canPickMany: true });
  return (picked ?? []).map(({ shared }) => shared);
}

/** The name of the one, or how many. */
export function whatOfFiles(files: readonly SharedFile[]): string {
  const [first] = files;
  return files.length === 1 && first ? first.file.name : fileCount(files.length, t);
}
