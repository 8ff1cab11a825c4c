import * as vscode from 'vscode';
import type { TaskSnapshot } from '../../contract/task.ts';
import type { Downloads } from '../downloads.ts';
import { localize as t } from '../localize.ts';
import type { TaskMirror } from '../taskMirror.ts';
import { promptLink } from './promptLinks.ts';
import { oneOf, pickTargets, UNFINISHED } from './taskTargets.ts';

/** How long a short "it is done" stays in the status bar. */
const STATUS_MS = 3_000;

/**
 * Commands about where a download comes from. The link always comes from the user's own hand: whoever runs the command,
 * a workspace that is not trusted too, can only make the question appear.
 */
export function sourceCommands({ downloads, mirror }: { downloads: Downloads; mirror: TaskMirror }) {
  const onOne =
    (ask: string, run: (task: TaskSnapshot) => Promise<void>) =>
    async (...args: unknown[]) => {
      const question = { states: UNFINISHED, ask, none: t('There is no unfinished download.') };
      const [task] = await pickTargets(oneOf(args), question, mirror);
      if (task) await run(task);
    };

  return {
    addMirror: onOne(t('Add a mirror to which download?'), async ({ id, name }) => {
      const address = await promptLink({
        title: t('Add Mirror to {name}', { name }),
        prompt: t('Paste another link to the same file. You vouch for it: without a checksum only sizes are compared.'),
        prefill: null,
      });
      if (address === null) return;
      await downloads.addMirror(id, address);
      vscode.window.setStatusBarMessage(`$(check) ${t('Mirror added')}`, STATUS_MS);
    }),
    replaceLink: onOne(t('Replace the link of which download?'), async ({ id, name }) => {
      const address = await promptLink({
        title: t('Replace Link of {name}', { name }),
        prompt: t('Paste a fresh link to the same file. What has arrived is kept.'),
        prefill: null,
      });
      if (address === null) return;
      await downloads.replaceLink(id, address);
      vscode.window.setStatusBarMessage(`$(check) ${t('Link replaced')}`, STATUS_MS);
    }),
  };
}
