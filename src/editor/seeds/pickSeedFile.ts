import * as vscode from 'vscode';
import type { SeedFileSnapshot, SeedsSnapshot } from '../../contract/seedApi.ts';
import { groupBy } from '../../kit/groupBy.ts';
import { formatPorts } from '../../kit/parsePorts.ts';
import { COMMANDS } from '../contributions.ts';
import { iconless } from '../iconless.ts';
import { localize as t } from '../localize.ts';
import { byName } from './foundFiles.ts';
import { seedFileText, seedsOf } from './seedFiles.ts';

interface FileItem extends vscode.QuickPickItem {
  readonly act: 'take' | 'again' | 'settings';
  readonly file: SeedFileSnapshot | null;
}

/**
 * Asks for one of all files that seeds offer, while they are being looked for. Null when the user gives up.
 * @param ports which are asked, for the words when there is nothing
 */
export async function pickSeedFile(
  find: () => Promise<SeedsSnapshot>,
  ports: () => readonly number[],
): Promise<SeedFileSnapshot | null> {
  const pick = vscode.window.createQuickPick<FileItem>();
  pick.title = t('Download from Seeds');
  pick.matchOnDescription = true;
  pick.ignoreFocusOut = true;
  const chosen = new Promise<SeedFileSnapshot | null>((resolve, reject) => {
    const look = async () => {
      pick.busy = true;
      pick.items = [];
      pick.placeholder = t('Looking for seeds…');
      const { files } = await find();
      pick.busy = false;
      const asked = formatPorts(ports());
      pick.placeholder =
        files.length > 0 ? t('Which file?') : t('No seed offers a file. Ports asked: {ports}', { ports: asked });
      pick.items = files.length > 0 ? fileItems(files) : nothingItems();
    };
    pick.onDidAccept(() => {
      const [item] = pick.selectedItems;
      if (item?.act === 'again') look().catch(reject);
      else if (item) resolve(item.file);
      if (item?.act === 'settings') {
        void vscode.commands.executeCommand(COMMANDS.openSeedSettings);
      }
    });
    pick.onDidHide(() => resolve(null));
    look().catch(reject);
  });
  pick.show();
  try {
    return await chosen;
  } finally {
    pick.dispose();
  }
}

function fileItems(files: readonly SeedFileSnapshot[]): FileItem[] {
  const ofName = groupBy(files, ({ name }) => name);
  return [...files].sort(byName).map((file) => {
    const isOneOfSeveral = (ofName.get(file.name)?.length ?? 0) > 1;
    // Where the name does not tell them apart, the seeds do.
    return isOneOfSeveral ? { ...fileItem(file), detail: seedsOf(file).join(', ') } : fileItem(file);
  });
}

function fileItem(file: SeedFileSnapshot): FileItem {
  return {
    act: 'take',
    file,
    label: iconless(file.name),
    iconPath: new vscode.ThemeIcon('file'),
    description: seedFileText(file, t),
  };
}

function nothingItems(): FileItem[] {
  return [
    { act: 'again', file: null, label: `$(refresh) ${t('Look Again')}`, alwaysShow: true },
    { act: 'settings', file: null, label: `$(gear) ${t('Change the Ports…')}`, alwaysShow: true },
  ];
}
