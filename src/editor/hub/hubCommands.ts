import * as vscode from 'vscode';
import { type ErrorCode, TributaryError } from '../../contract/errors.ts';
import { openMachineSettings } from '../commands/openMachineSettings.ts';
import { oneOf } from '../commands/taskTargets.ts';
import { SETTINGS } from '../contributions.ts';
import type { EngineLink } from '../engineLink.ts';
import { errorText } from '../errorText.ts';
import { localize as t } from '../localize.ts';
import { unlinked } from '../unlinked.ts';
import { hubInvitation, parseHubInput } from './hubInput.ts';
import type { HubKeyStore } from './hubKeyStore.ts';
import type { HubMirror, HubState } from './hubMirror.ts';
import type { HubSettings } from './hubSettings.ts';
import { hubNodesOf, pickHub } from './hubTargets.ts';
import { portTakenText } from './hubText.ts';
import { promptHub, promptKey, promptNewKey, promptReach } from './promptHub.ts';

/** So long is waited for a hub to answer, before the view alone tells what becomes of it. */
const SETTLE_MS = 5_000;
/** How long a short "it is in the clipboard" stays in the status bar. */
const STATUS_MS = 3_000;
const LOOPBACK = '127.0.0.1';
const EVERYWHERE = '0.0.0.0';
const FOLDER_TROUBLE: readonly ErrorCode[] = ['folder-missing', 'folder-unwritable', 'hub-folder-busy'];

export interface HubCommandsInit {
  readonly link: EngineLink;
  readonly hubs: HubMirror;
  readonly keys: HubKeyStore;
  readonly settings: () => HubSettings;
  readonly revealView: () => Promise<void>;
  readonly onSecretsFailed: (error: unknown) => void;
}

/** Commands about hubs as such. Nothing is joined or started but by the user's own hand. */
export function hubCommands(init: HubCommandsInit) {
  const { link, hubs, keys, settings, revealView, onSecretsFailed } = init;

  /** What all members of hubs see. */
  const named = () => {
    const { name } = settings();
    return name === null ? {} : { name };
  };

  /** The engine tells nobody by itself that this user is called otherwise now. */
  const lookAgain = async () => hubs.replaceAll(await link.request('hubs', undefined));

  const start = async (port: number, key: string | null): Promise<void> => {
    const { folder } = settings();
    const params = {
      host: key === null ? LOOPBACK : EVERYWHERE,
      port,
      ...(folder === null ? {} : { folder }),
      ...(key === null ? {} : { key }),
      ...named(),
    };
    const { own } = await link.request('startHub', params);
    const ownPort = Number(own.address.slice(own.address.lastIndexOf(':') + 1));
    const kept =
      key === null ? keys.forgetOwn() : keys.keepOwn({ host: params.host, port: ownPort, folder: own.folder, key });
    // A failing key ring is no reason to refuse the hub: the engine has the key as long as it runs.
    await kept.catch(onSecretsFailed);
    await lookAgain();
    await revealView();
    if (key !== null) await offerInvitation();
  };

  const offerInvitation = async (): Promise<void> => {
    const copy = t('Copy Invitation');
    const text = t('Your share hub is on. An invitation holds its address and its key; others paste it to join.');
    if ((await vscode.window.showInformationMessage(text, copy)) === copy) await copyInvitation();
  };

  const copyInvitation = async (): Promise<void> => {
    const started = await keys.own();
    const address = hubs.own === null ? null : await pickAddress(hubs.own.addresses);
    if (address === null) return;
    if (started === null) await copy(address, t('Address copied; the key is not known here'));
    else await copy(hubInvitation(address, started.key), t('Invitation copied'));
  };

  /** @param given the key that came with the address; null: none */
  const join = async (address: string, given: string | null): Promise<void> => {
    await link.request('joinHub', { address, ...(given === null ? {} : { key: given }), ...named() });
    if (given !== null) await keys.keep(address, given).catch(onSecretsFailed);
    await lookAgain();
    await revealView();
    const hub = await settled(address);
    if (hub?.state === 'key-needed') await enterKey(hub.address, given !== null);
    else if (hub?.state === 'waiting' && hub.error) await tellAway(hub);
  };

  const enterKey = async (address: string, wasWrong = false): Promise<void> => {
    const key = await promptKey(address, wasWrong);
    if (key !== null) await join(address, key);
  };

  const tellAway = async ({ address, error }: HubState): Promise<void> => {
    const leave = t('Leave');
    const other = t('Other Address…');
    const text = t('{reason} It is tried again until you leave it.', { reason: error ? errorText(error, t) : address });
    const choice = await vscode.window.showWarningMessage(unlinked(text), leave, other);
    if (choice === leave) await leaveOther(address);
    if (choice === other) await joinElsewhere(address);
  };

  /** What was typed is there to be mended, and given up only for another address. */
  const joinElsewhere = async (address: string): Promise<void> => {
    const input = await promptHub(address);
    if (input === null) return;
    if (input.address !== address) await leaveOther(address);
    await join(input.address, input.key);
  };

  /** What the hub has come to, or how it is after some seconds. */
  const settled = (address: string): Promise<HubState | null> =>
    new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        subscription.dispose();
        resolve(hubs.hub(address));
      };
      const timer = setTimeout(done, SETTLE_MS);
      const look = () => hubs.hub(address)?.state !== 'connecting' && done();
      const subscription = hubs.onDidChange(look);
      look();
    });

  const leaveOther = async (address: string): Promise<void> => {
    await link.request('leaveHub', { address });
    await keys.forget(address).catch(onSecretsFailed);
  };

  const stop = async (): Promise<void> => {
    const { own } = hubs;
    if (own === null || !(await confirmStop(own.members.length - 1))) return;
    await link.request('stopHub', undefined);
    await keys.forgetOwn().catch(onSecretsFailed);
  };

  return {
    startHub: async () => {
      await lookAgain();
      if (hubs.own?.state === 'on') {
        await revealView();
        void vscode.window.showInformationMessage(
          t('Your share hub is on already: {address}', { address: hubs.own.addresses[0] ?? hubs.own.address }),
        );
        return;
      }
      const reach = await promptReach();
      const key = reach === 'network' ? await promptNewKey() : null;
      if (reach === null || (reach === 'network' && key === null)) return;
      try {
        await start(settings().port, key);
      } catch (error) {
        if (!(error instanceof TributaryError)) throw error;
        if (settings().folder !== null && FOLDER_TROUBLE.includes(error.code)) return offerSetting(error);
        if (error.code !== 'port-in-use') throw error;
        const there = `${LOOPBACK}:${settings().port}`;
        const choice = await askAboutPort(error, { isIn: hubs.hub(there)?.state === 'joined' });
        if (choice === 'other') await start(0, key);
        if (choice === 'join') await join(there, null);
      }
    },
    stopHub: async () => {
      if (hubs.own !== null) await stop();
      else void vscode.window.showInformationMessage(t('You have not started a share hub.'));
    },
    joinHub: async (...args: unknown[]) => {
      const [given] = args;
      const input = await promptHub(typeof given === 'string' ? given : await invitationInClipboard());
      if (input !== null) await join(input.address, input.key);
    },
    leaveHub: async (...args: unknown[]) => {
      const hub = await pickHub(args, hubs, { ask: t('Leave which hub?'), none: t('You are in no share hub.') });
      if (hub === null) return;
      if (hub.own !== null) await stop();
      else if (await confirmLeave(hub.address, hubs.uploadsTo(hub.address).length)) await leaveOther(hub.address);
    },
    tryHubAgain: async (...args: unknown[]) => {
      const hub = await pickHub(args, hubs, {
        ask: t('Try which hub again?'),
        none: t('No hub is away.'),
        fits: ({ state, own }) => state === 'waiting' && own === null,
      });
      // Who joins again does not wait for the end of the pause.
      if (hub !== null) await link.request('joinHub', { address: hub.address, ...named() });
    },
    enterHubKey: async (...args: unknown[]) => {
      const hub = await pickHub(args, hubs, {
        ask: t('Enter the key of which hub?'),
        none: t('No hub asks for a key.'),
        fits: ({ state }) => state === 'key-needed',
      });
      if (hub === null) return;
      if (hub.own === null) return enterKey(hub.address);
      const key = await promptNewKey();
      if (key !== null) await start(Number(hub.address.slice(hub.address.lastIndexOf(':') + 1)), key);
    },
    copyHubAddress: async (...args: unknown[]) => {
      const hub = await pickHub(args, hubs, {
        ask: t('Copy the address of which hub?'),
        none: t('You are in no share hub.'),
      });
      const address = hub && (await pickAddress(hub.own?.addresses ?? [hub.address]));
      if (address) await copy(address, t('Address copied'));
    },
    copyHubInvitation: async (...args: unknown[]) => {
      const [node] = hubNodesOf(oneOf(args));
      const own = hubs.own;
      if (own === null) void vscode.window.showInformationMessage(t('You have not started a share hub.'));
      else if ((node !== undefined && node.hub !== own.address) || !own.hasKey)
        void vscode.window.showInformationMessage(t('Your share hub has no key; its address is enough to join.'));
      else await copyInvitation();
    },
  };
}

/** A machine may have several; the user knows by which the others see it. */
async function pickAddress(addresses: readonly string[]): Promise<string | null> {
  const [only] = addresses;
  if (addresses.length <= 1) return only ?? null;
  return (
    (await vscode.window.showQuickPick([...addresses], { placeHolder: t('By which address can others reach you?') })) ??
    null
  );
}

async function copy(text: string, done: string): Promise<void> {
  await vscode.env.clipboard.writeText(text);
  vscode.window.setStatusBarMessage(`$(check) ${done}`, STATUS_MS);
}

/** Only what was meant as a hub: any single word could be a host. */
async function invitationInClipboard(): Promise<string> {
  try {
    const text = (await vscode.env.clipboard.readText()).trim();
    return /^hub:\/\/|^[\w.-]+:\d{2,5}$/i.test(text) && parseHubInput(text) !== null ? text : '';
  } catch {
    // In a browser the user may have refused access to the clipboard.
    return '';
  }
}

/** The folder is one that the user has chosen. */
async function offerSetting(error: TributaryError): Promise<void> {
  const change = t('Change the Setting');
  const choice = await vscode.window.showErrorMessage(unlinked(errorText(error, t)), change);
  if (choice === change) await openMachineSettings(SETTINGS.hubFolder);
}

/** Who has the port is most often the hub of another window, which the user wants to be in. */
async function askAboutPort(error: TributaryError, where: { isIn: boolean }): Promise<'other' | 'join' | null> {
  const join = t('Join It');
  const other = t('Use Another Port');
  const change = t('Change the Setting');
  const actions = where.isIn ? [other, change] : [join, other, change];
  const choice = await vscode.window.showWarningMessage(portTakenText(error, where, t), ...actions);
  if (choice === change) await vscode.commands.executeCommand('workbench.action.openSettings', SETTINGS.hubPort);
  return choice === join ? 'join' : choice === other ? 'other' : null;
}

async function confirmStop(others: number): Promise<boolean> {
  if (others <= 0) return true;
  const yes = t('Stop Share Hub');
  const detail = t('Others cannot fetch its files until you start it again. The files stay on this computer.');
  const question =
    others === 1
      ? t('Somebody else is connected. Stop your hub?')
      : t('{count} others are connected. Stop your hub?', { count: others });
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, yes)) === yes;
}

async function confirmLeave(address: string, uploads: number): Promise<boolean> {
  if (uploads === 0) return true;
  const yes = t('Leave');
  const detail = t('Files that are still on their way there are not shared.');
  return (
    (await vscode.window.showWarningMessage(t('Leave {address}?', { address }), { modal: true, detail }, yes)) === yes
  );
}
