import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runChild } from './runChild.mjs';

/** Programs that do not come from npm: what they may be called, and the Debian packages that bring them. */
const PROGRAMS = {
  chromium: { commands: ['chromium', 'chromium-browser', 'google-chrome'], debianPackages: ['chromium'] },
  nginx: { commands: ['nginx'], debianPackages: ['nginx-light'] },
  openssl: { commands: ['openssl'], debianPackages: ['openssl'] },
  // libxkbfile is what the desktop VS Code needs besides what Chromium brings along.
  xvfb: { commands: ['xvfb-run'], debianPackages: ['xvfb', 'xauth', 'libxkbfile1'] },
  // What the bench compares with, and what tells the costs of a program.
  aria2: { commands: ['aria2c'], debianPackages: ['aria2'] },
  axel: { commands: ['axel'], debianPackages: ['axel'] },
  curl: { commands: ['curl'], debianPackages: ['curl'] },
  wget2: { commands: ['wget2'], debianPackages: ['wget2'] },
  time: { commands: ['time'], debianPackages: ['time'] },
};

/** Where servers such as nginx live; not on every user's PATH. */
const MORE_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** @returns {string | null} the full path of a program */
export function findProgram(...commands) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...MORE_FOLDERS].filter(Boolean);
  for (const command of commands) {
    for (const folder of folders) {
      if (existsSync(join(folder, command))) return join(folder, command);
    }
  }
  return null;
}

/**
 * Paths of the wanted programs. As root on Debian what is missing is installed; elsewhere an error says what is.
 * @param {(keyof typeof PROGRAMS)[]} names
 * @returns {Promise<Record<string, string>>}
 */
export async function systemPrograms(names) {
  const missing = names.filter((name) => findProgram(...PROGRAMS[name].commands) === null);
  if (missing.length > 0 && isDebian() && process.getuid?.() === 0) {
    const packages = missing.flatMap((name) => PROGRAMS[name].debianPackages);
    console.log(`Installing ${packages.join(', ')} (apt-get) ...`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const options = { env, deadlineMs: 300_000, quiet: true };
    await runChild('apt-get', ['update'], options);
    await runChild('apt-get', ['install', '-y', '--no-install-recommends', ...packages], options);
  }
  const found = names.map((name) => [name, findProgram(...PROGRAMS[name].commands)]);
  const lacking = found.filter(([, path]) => path === null).flatMap(([name]) => PROGRAMS[name].debianPackages);
  if (lacking.length > 0) {
    throw new Error(
      `Missing: ${lacking.join(', ')}. Install with your package manager, on Debian: apt-get install ${lacking.join(' ')}`,
    );
  }
  return Object.fromEntries(found);
}

function isDebian() {
  if (!existsSync('/etc/os-release')) return false;
  return /^ID(_LIKE)?=.*\bdebian\b/m.test(readFileSync('/etc/os-release', 'utf8'));
}
