/**
 * What travels between the editor and the panel's page. The page gets everything on `ready`, then only what changed,
 * at most 4 times a second and nothing while it is hidden. All text is in the user's language already.
 */
import * as v from 'valibot';
import type { ActivePhase, TaskId, TaskState } from './task.ts';

/** A place that a download comes from. */
export interface PanelSource {
  /** Without user info and query. */
  readonly address: string;
  /** What it has given; empty: nothing. */
  readonly amount: string;
  /** Why it is not used; null: it is, or may be. */
  readonly problem: string | null;
}

/** A download as the panel shows it. */
export interface PanelRow {
  readonly id: TaskId;
  readonly name: string;
  readonly folder: string;
  readonly state: TaskState;
  /** Null unless active. */
  readonly phase: ActivePhase | null;
  readonly order: number;
  /** Milliseconds since the epoch; null unless completed. */
  readonly finishedAt: number | null;
  readonly sizeBytes: number | null;
  readonly receivedBytes: number;
  readonly bytesPerSecond: number;
  readonly secondsLeft: number | null;
  readonly lanes: number;
  /** Why it failed, waits or was paused; null when all is well. */
  readonly note: string | null;
  readonly verified: boolean;
  /** What helps is another link, as in the place of one that has expired. */
  readonly needsLink: boolean;
  /** It failed and is tried again by itself. */
  readonly waitsForRetry: boolean;
  /** Of this download alone, in bytes per second; 0: none. */
  readonly limitBytesPerSecond: number;
  /** The first few; none when there is but one, or nothing comes any more. */
  readonly sources: readonly PanelSource[];
  /** How many there are beyond those. */
  readonly furtherSources: number;
}

/** Every text of the page; `{name}` is filled in there. */
export interface PanelStrings {
  readonly title: string;
  readonly add: string;
  readonly pauseAll: string;
  readonly resumeAll: string;
  readonly clearCompleted: string;
  readonly emptyTitle: string;
  readonly emptyHint: string;
  readonly list: string;
  readonly progress: string;
  readonly amount: string;
  readonly timeLeft: string;
  readonly oneConnection: string;
  readonly connections: string;
  readonly verified: string;
  /** `{rate}` filled in. */
  readonly limit: string;
  readonly sources: string;
  /** `{count}` filled in. */
  readonly furtherSources: string;
  readonly announcement: string;
  readonly announcementCount: string;
  readonly states: Readonly<Record<TaskState, string>>;
  /** `{count} active` and so on, for the summary. */
  readonly counts: Readonly<Record<TaskState, string>>;
  /** Of a download between two attempts. */
  readonly waiting: string;
  readonly phases: Readonly<Record<Exclude<ActivePhase, 'downloading'>, string>>;
  readonly actions: Readonly<Record<RowAction, string>>;
}

export const RowAction = v.picklist([
  'pause',
  'resume',
  'retry',
  'cancel',
  'remove',
  'openFile',
  'revealFile',
  'copyLink',
  'copySha256',
  'replaceLink',
  'moveUp',
  'moveDown',
]);
export type RowAction = v.InferOutput<typeof RowAction>;

export const ListAction = v.picklist(['downloadFile', 'pauseAll', 'resumeAll', 'clearCompleted']);
export type ListAction = v.InferOutput<typeof ListAction>;

/** Editor to page. */
export type PanelUpdate =
  | {
      readonly type: 'snapshot';
      readonly strings: PanelStrings;
      readonly rows: readonly PanelRow[];
    }
  | { readonly type: 'delta'; readonly rows: readonly PanelRow[]; readonly removed: readonly TaskId[] }
  /** Brings one download into view. */
  | { readonly type: 'focusRow'; readonly id: TaskId };

/** Page to editor; checked there, because a page is the outside. */
export const PanelRequest = v.variant('type', [
  v.object({ type: v.literal('ready') }),
  v.object({ type: v.literal('row'), action: RowAction, id: v.string() }),
  v.object({ type: v.literal('list'), action: ListAction }),
]);
export type PanelRequest = v.InferOutput<typeof PanelRequest>;
