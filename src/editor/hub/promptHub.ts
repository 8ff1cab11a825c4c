import { randomInt } from 'node:crypto';
import * as vscode from 'vscode';
import { localize as t } from '../localize.ts';
import { type HubInput, isFileLink, parseHubInput } from './hubInput.ts';

/** Without letters and digits that look alike. */
const KEY_ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';
const SHORTEST_KEY = 8;
const LONGEST_KEY = 256;

export type HubReach = 'machine' | 'network';

/** Asks who may join a new hub. Null when the user gives up. */
export async function promptReach(): Promise<HubReach | null> {
  const items: (vscode.QuickPickItem & { reach: HubReach })[] = [
    {
      label: `$(device-desktop) ${t('This computer only')}`,
      detail: t('Other windows and other users of this computer. No key is needed.'),
      reach: 'machine',
    },
    {
      label: `$(broadcast) ${t('Everybody in the network')}`,
      detail: t('With an address and a key. Nothing is encrypted: for networks that you trust.'),
      reach: 'network',
    },
  ];
  const picked = await vscode.window.showQuickPick(items, {
    title: t('Start Share Hub'),
    placeHolder: t('Who may join?'),
  });
  return picked?.reach ?? null;
}

/** Asks for the key of a new hub; one that nobody guesses is offered. Null when the user gives up. */
export async function promptNewKey(): Promise<string | null> {
  const value = newKey();
  const key = await vscode.window.showInputBox({
    title: t('Key of the Share Hub'),
    prompt: t('Whoever has it can fetch and share files. Keep this one or type your own.'),
    value,
    valueSelection: [0, value.length],
    ignoreFocusOut: true,
    validateInput: (text) =>
      text.trim().length >= SHORTEST_KEY && text.trim().length <= LONGEST_KEY
        ? null
        : t('Use at least {count} characters, so that nobody guesses it.', { count: SHORTEST_KEY }),
  });
  return key?.trim() ?? null;
}

/**
 * Asks for the key of a hub that wants one. Null when the user gives up.
 * @param wasWrong the key that was given last is not the one
 */
export async function promptKey(hub: string, wasWrong: boolean): Promise<string | null> {
  const key = await vscode.window.showInputBox({
    title: t('Key of {hub}', { hub }),
    prompt: wasWrong
      ? t('The hub did not take that key. Whoever started it can tell you the right one.')
      : t('The hub asks for its key. Whoever started it can tell you.'),
    password: true,
    ignoreFocusOut: true,
    validateInput: (text) => (text.length <= LONGEST_KEY * 4 ? null : t('This is too long for a key.')),
  });
  return key?.trim() || null;
}

/** Asks for the address of a hub. Null when the user gives up. */
export async function promptHub(prefill: string): Promise<HubInput | null> {
  const text = await vscode.window.showInputBox({
    title: t('Join Share Hub'),
    prompt: t('Paste the address that you were given.'),
    placeHolder: '192.168.1.5:8090',
    value: prefill,
    valueSelection: [0, prefill.length],
    ignoreFocusOut: true,
    validateInput: (typed) => {
      if (typed.trim() === '' || parseHubInput(typed) !== null) return null;
      return isFileLink(typed)
        ? t('This is the link of a file on a hub; paste it into Download File.')
        : t('This is no address of a hub; write it as 192.168.1.5:8090.');
    },
  });
  return text === undefined ? null : parseHubInput(text);
}

function newKey(): string {
  const letters = Array.from({ length: 12 }, () => KEY_ALPHABET.charAt(randomInt(KEY_ALPHABET.length)));
  return [letters.slice(0, 4), letters.slice(4, 8), letters.slice(8)].map((part) => part.join('')).join('-');
}
