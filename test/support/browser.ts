import type { Browser } from 'playwright-core';
import { chromium } from 'playwright-core';
import type { Scope } from './scope.ts';

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** A headless Chromium; it ends when the scope closes. */
export async function startBrowser(scope: Scope): Promise<Browser> {
  const executablePath = process.env.TRIBUTARY_CHROMIUM ?? '/usr/bin/chromium';
  // Without a locale Chromium calls every download of another than an ASCII name "download".
  const env = { ...process.env, LC_ALL: 'C.UTF-8' };
  const browser = await chromium.launch({ executablePath, args: ARGUMENTS, env });
  scope.defer(() => browser.close());
  return browser;
}
