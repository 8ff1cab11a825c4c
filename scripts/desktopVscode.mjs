import { join } from 'node:path';
import { cacheFolder } from './cacheFolder.mjs';
import { systemPrograms } from './systemPrograms.mjs';

const VERSION = '1.139.1';
const UPDATE_SERVER = 'https://update.code.visualstudio.com';
const REACHABLE_WITHIN_MS = 5_000;
const SILENT_FOR_MS = 10_000;

/**
 * The desktop VS Code, downloaded once into the cache, and the program that gives it a display where there is none.
 * @returns {Promise<{ executable: string, display: string | null } | { reason: string }>} `reason`: why it cannot be had
 */
export async function desktopVscode() {
  // Asked here first: the downloader itself would wait for a closed network for minutes.
  try {
    const signal = AbortSignal.timeout(REACHABLE_WITHIN_MS);
    await fetch(`${UPDATE_SERVER}/api/releases/stable`, { method: 'HEAD', signal });
  } catch {
    return { reason: `${new URL(UPDATE_SERVER).host} cannot be reached` };
  }
  try {
    const needsDisplay = process.platform === 'linux' && !process.env.DISPLAY;
    const display = needsDisplay ? (await systemPrograms(['xvfb'])).xvfb : null;
    const { downloadAndUnzipVSCode, SilentReporter } = await import('@vscode/test-electron');
    const executable = await downloadAndUnzipVSCode({
      version: VERSION,
      cachePath: join(cacheFolder(), 'desktop'),
      reporter: new SilentReporter(),
      timeout: SILENT_FOR_MS,
    });
    return { executable, display };
  } catch (error) {
    return { reason: `the desktop one cannot be had (${error.message})` };
  }
}
