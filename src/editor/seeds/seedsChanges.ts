import type { Translate } from '../translate.ts';
import { seedsLine } from './seedsLine.ts';
import type { SeedsState } from './seedsMirror.ts';
import { keyOf, type SeedsNode } from './seedsNode.ts';
import { seedsChildren } from './seedsOutline.ts';

/** What was drawn last: of every line its looks, and which lines are below it. */
export type DrawnSeeds = ReadonlyMap<
  string,
  { readonly node: SeedsNode; readonly look: string; readonly below: string }
>;

const ROOT = '';

/** All lines as they are now. */
export function drawnSeeds(state: SeedsState, t: Translate): DrawnSeeds {
  const drawn = new Map<string, { node: SeedsNode; look: string; below: string }>();
  const walk = (parent: SeedsNode | null, key: string, look: string) => {
    const children = seedsChildren(state, parent);
    // A first line that can be unfolded now is another one for the editor, and has no line above it with which it is drawn.
    const idOf = (child: SeedsNode) =>
      parent === null ? `${keyOf(child)}/${seedsLine(state, child, t)?.folding}` : keyOf(child);
    const below = children.map(idOf).join('\n');
    // The top has no line of its own; what stands there is never asked for.
    drawn.set(key, { node: parent ?? { kind: 'seedsGroup', group: 'found' }, look, below });
    for (const child of children) walk(child, keyOf(child), JSON.stringify(seedsLine(state, child, t)));
  };
  walk(null, ROOT, '');
  return drawn;
}

/** What has to be drawn again: `all` when the groups are others, else the lines that look otherwise or hold others. */
export function changedSeeds(before: DrawnSeeds, after: DrawnSeeds): 'all' | readonly SeedsNode[] {
  if (before.get(ROOT)?.below !== after.get(ROOT)?.below) return 'all';
  return [...after].flatMap(([key, { node, look, below }]) => {
    const last = before.get(key);
    // A line that is new is drawn with the one above it.
    return last !== undefined && (last.look !== look || last.below !== below) ? [node] : [];
  });
}
