/**
 * A process of its own that takes the lock of a folder, says whether it has it, and holds it until its input ends.
 * Arguments: the folder, and how often it gives a sign of life in ms.
 */
import { lockFolder } from '../../../../src/engine/disk/folderLock.ts';

const [, , folder = '', beatMs] = process.argv;
const lock = await lockFolder(folder, beatMs === undefined ? {} : { beatMs: Number(beatMs) });
process.stdout.write(lock === null ? 'taken\n' : 'mine\n');
process.stdin.resume();
process.stdin.on('end', () => {
  void (lock?.release() ?? Promise.resolve()).then(() => process.exit(0));
});
