import type { Command } from 'commander';
import { TributaryError } from '../contract/errors.ts';
import type { HubOptions, HubServeOptions } from './hubCommands.ts';

/** What the commands of `tributary hub` do; each resolves with the exit status. */
export interface HubActions {
  hubServe(options: HubServeOptions): Promise<number>;
  hubPut(files: readonly string[], options: HubOptions): Promise<number>;
  hubList(options: HubOptions): Promise<number>;
}

const HUB_HELP = `
  A hub listens on this machine alone. Elsewhere (--host 0.0.0.0) it needs a key
  of at least 8 characters; without TLS that keeps strangers out, but whoever
  can read the network reads the key and the files. Set TRIBUTARY_HUB_KEY
  instead of giving --key, which others see in the list of processes; get sends
  it to the hub of every hub:// address that has no key of its own.

Examples:
  tributary hub serve --dir lesson-4
  tributary hub put slides.pdf
  tributary hub list
  tributary get hub://127.0.0.1:8090/<fid>
  tributary get hub://:<key>@192.168.1.20:8090/<fid>`;

/** Adds `hub serve | put | list`. */
export function addHubCommands(hub: Command, actions: HubActions, done: (exitCode: number) => void): void {
  hub
    .description('offer files to a class or team')
    .argument('[command]')
    .usage('serve | put <file>... | list')
    .addHelpText('after', HUB_HELP)
    .action((name: string | undefined) => {
      const what = name === undefined ? 'hub takes a command' : `Unknown command '${name}'`;
      throw new TributaryError('bad-option', { what: `${what}: serve, put or list.` });
    });
  const command = (usage: string, description: string): Command =>
    hub.command(usage).description(description).helpOption('-h, --help', 'show help');

  command('serve', 'run a share hub')
    .option('--port <n>', 'port (default: 8090)')
    .option('--dir <folder>', "folder for the files (default: in the user's data folder)")
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .option('--key <key>', 'what members have to know; needed for other hosts than this')
    .action(async (_options: unknown, self: Command) => done(await actions.hubServe(self.optsWithGlobals())));

  command('put', 'share a file; prints its address')
    .argument('<file...>')
    .usage('<file>... [options]')
    .option('--hub <host:port>', 'which hub (default: 127.0.0.1:8090)')
    .option('--key <key>', 'key of the hub')
    .option('--json', 'one JSON object on stdout')
    .option('-q, --quiet', 'only errors')
    .action(async (files: string[], _options: unknown, self: Command) =>
      done(await actions.hubPut(files, self.optsWithGlobals())),
    );

  command('list', 'show the files of a hub')
    .option('--hub <host:port>', 'which hub (default: 127.0.0.1:8090)')
    .option('--key <key>', 'key of the hub')
    .option('--json', 'one JSON object per line')
    .action(async (_options: unknown, self: Command) => done(await actions.hubList(self.optsWithGlobals())));
}
