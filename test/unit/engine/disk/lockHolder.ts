/** A process of its own that takes the lock of a folder, says whether it has it, and holds it until its input ends. */
import { lockFolder } from '../../../../src/engine/disk/folderLock.ts';

const lock = await lockFolder(process.argv[2] ?? '');
process.stdout.write(lock === null ? 'taken\n' : 'mine\n');
process.stdin.resume();
process.stdin.on('end', () => {
  void (lock?.release() ?? Promise.resolve()).then(() => process.exit(0));
});
