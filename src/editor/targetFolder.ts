/** Which folders are offered for a download. Pure: the command shows them, and does what was chosen. */
import { isAbsolute, join, resolve } from 'node:path';

export interface FolderSources {
  /** `tributary.downloadFolder`, whatever stands there; what makes no sense counts as not set. */
  readonly configured: unknown;
  /** Folders of the workspace that are on this machine's disk. */
  readonly workspaceFolders: readonly string[];
  readonly lastUsed: string | null;
  readonly homeFolder: string;
}

export interface FolderChoice {
  readonly folder: string;
  readonly reason: 'configured' | 'workspace' | 'last' | 'downloads';
}

/** Most likely first, each folder once. Never empty: a person always has a Downloads folder. */
export function folderChoices(sources: FolderSources): FolderChoice[] {
  const { workspaceFolders, lastUsed, homeFolder } = sources;
  const configured = resolveConfigured(sources);
  const choices: FolderChoice[] = [];
  const offer = (folder: string | null, reason: FolderChoice['reason']) => {
    if (folder !== null && !choices.some((choice) => choice.folder === folder)) choices.push({ folder, reason });
  };
  offer(configured, 'configured');
  for (const folder of workspaceFolders) offer(folder, 'workspace');
  offer(lastUsed, 'last');
  offer(join(homeFolder, 'Downloads'), 'downloads');
  return choices;
}

/** Null when nothing is configured, or a relative path has no workspace folder to lie in. */
function resolveConfigured({ configured, workspaceFolders, homeFolder }: FolderSources): string | null {
  const path = typeof configured === 'string' ? configured.trim() : '';
  if (path === '') return null;
  if (path === '~' || /^~[/\\]/.test(path)) return join(homeFolder, path.slice(1));
  if (isAbsolute(path)) return resolve(path);
  const [first] = workspaceFolders;
  return first === undefined ? null : resolve(first, path);
}
