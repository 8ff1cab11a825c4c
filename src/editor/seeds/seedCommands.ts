import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { SeedSettings, ShareId } from '../../contract/seedApi.ts';
import type { DownloadFlow } from '../commands/downloadFlow.ts';
import { openMachineSettings } from '../commands/openMachineSettings.ts';
import { tryEach } from '../commands/tryEach.ts';
import { localize as t } from '../localize.ts';
import { chooseToShare } from './chooseToShare.ts';
import { pickSeedFile } from './pickSeedFile.ts';
import { requestOf, seedFileOf } from './seedFiles.ts';
import { isSeedKey } from './seedKey.ts';
import type { Seeds } from './seeds.ts';
import type { SeedsMirror } from './seedsMirror.ts';
import { seedsNodesOf } from './seedsNode.ts';
import type { SeedsView } from './seedsView.ts';

export interface SeedCommandsInit {
  readonly seeds: Seeds;
  readonly mirror: SeedsMirror;
  readonly view: SeedsView;
  readonly flow: DownloadFlow;
  readonly settings: () => SeedSettings;
}

/** As the settings editor looks for them. */
const SEED_SETTINGS = 'tributary.seeds';

/** How long a short "it is done" stays in the status bar. */
const STATUS_MS = 3_000;

/** Commands that find, fetch and share files. */
export function seedCommands({ seeds, mirror, view, flow, settings }: SeedCommandsInit) {
  const share = async (paths: readonly string[]) => {
    if (paths.length === 0 || !(await mayShare(paths, seeds, settings()))) return;
    const shared: { readonly path: string; readonly id: ShareId }[] = [];
    try {
      await tryEach(paths, async (path) => shared.push({ path, id: await seeds.share(path) }));
    } finally {
      await showShared(shared);
    }
  };

  const showShared = async (shared: readonly { readonly path: string; readonly id: ShareId }[]) => {
    const last = shared.at(-1);
    if (last === undefined) return;
    const done =
      shared.length === 1
        ? t('{what} is shared', { what: basename(last.path) })
        : t('{count} items are shared', { count: shared.length });
    vscode.window.setStatusBarMessage(`$(check) ${done}`, STATUS_MS);
    await view.reveal({ kind: 'share', id: last.id });
  };

  return {
    refreshSeeds: () => view.refresh(),
    downloadFromSeeds: async () => {
      const file = await pickSeedFile(
        () => seeds.find(),
        () => settings().ports,
      );
      const request = file && requestOf(file);
      return request ? flow.download([request], null) : [];
    },
    downloadSeedFile: async (...args: unknown[]) => {
      const files = seedsNodesOf(args).flatMap((node) => seedFileOf(mirror, node) ?? []);
      return flow.download(
        files.flatMap((file) => requestOf(file) ?? []),
        null,
      );
    },
    shareFolder: async (...args: unknown[]) => share(await chooseToShare(args, 'folder')),
    shareFile: async (...args: unknown[]) => share(await chooseToShare(args, 'file')),
    openSeedSettings: () => openMachineSettings(SEED_SETTINGS),
    setSeedKey: async () => {
      await askForKey(seeds);
    },
  };
}

/** On this machine: yes. For other machines the user says so, and others need a key. */
async function mayShare(paths: readonly string[], seeds: Seeds, { host }: SeedSettings): Promise<boolean> {
  if (isThisMachine(host)) return true;
  const yes = t('Share');
  const answer = await vscode.window.showWarningMessage(
    t('Share {what} with other machines?', { what: whatOf(paths) }),
    {
      modal: true,
      detail: t(
        'Seeds listen on {host}, as your settings say: whoever reaches it and knows the key can fetch the files.',
        {
          host,
        },
      ),
    },
    yes,
  );
  if (answer !== yes) return false;
  return (await seeds.hasKey()) || (await askForKey(seeds));
}

/** True when there is a key now. */
async function askForKey(seeds: Seeds): Promise<boolean> {
  const typed = await vscode.window.showInputBox({
    title: t('Key for Seeds'),
    prompt: t('Other machines need it to fetch what you share. It is kept in the secret storage; empty takes it away.'),
    password: true,
    ignoreFocusOut: true,
    validateInput: (text) =>
      text === '' || isSeedKey(text) ? undefined : t('Use letters, digits and signs without spaces, at most 512.'),
  });
  if (typed === undefined) return false;
  await seeds.setKey(typed === '' ? null : typed);
  return typed !== '';
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

function whatOf(paths: readonly string[]): string {
  const [first] = paths;
  return paths.length === 1 && first !== undefined ? basename(first) : t('{count} items', { count: paths.length });
}
