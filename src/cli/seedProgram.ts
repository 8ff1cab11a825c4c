import type { Command } from 'commander';
import type { PeersOptions, SeedOptions } from './seedCommands.ts';

export interface SeedActions {
  seed(folder: string, options: SeedOptions): Promise<number>;
  peers(options: PeersOptions): Promise<number>;
}

const SEED_HELP = `
Others get the files with tributary get seed:///<name>, a browser, curl, or any
download manager: http://127.0.0.1:8080/files lists them. Only the files right
in the folder are served; not those that begin with a dot, unfinished downloads
(.part), and links that lead out of the folder.
  On loopback everybody on this machine may fetch them. Elsewhere (--host) a key
is needed, which others give as seed://:<key>@<host>:<port>/<name>.
The line "listening on <address>" on stdout tells that it is ready; Ctrl-C ends it.`;

const PEERS_HELP = `
With --json, each line of stdout is one object:
  {"type":"seed","address","number","form","files":[{"name","size","sha256"}]}
  {"type":"file","name","size","sha256","seeds":["seed://..."]}`;

/** Adds `seed` and `peers`. */
export function addSeedCommands(
  command: (usage: string, description: string) => Command,
  actions: SeedActions,
  done: (exitCode: number) => void,
): void {
  command('seed', 'offer the files of a folder to others')
    .argument('<folder>', 'its files are offered as they are; a single file can be given, too')
    .option('--port <port>', 'port to listen on (default: 8080)')
    .option('--host <host>', 'address to listen on (default: 127.0.0.1)')
    .option('--key <key>', 'what others must know; needed off loopback')
    .option('--limit <rate>', 'bytes per second for all together: 500k, 20M')
    .addHelpText('after', SEED_HELP)
    .action(async (folder: string, _options: unknown, self: Command) =>
      done(await actions.seed(folder, self.optsWithGlobals<SeedOptions>())),
    );

  command('peers', 'show what the seeds of this machine offer')
    .option('--ports <ports>', 'ports to ask: 8080-8084, or 8080,8090 (default: 8080-8084)')
    .option('--json', 'one JSON object per line on stdout')
    .addHelpText('after', PEERS_HELP)
    .action(async (_options: unknown, self: Command) =>
      done(await actions.peers(self.optsWithGlobals<PeersOptions>())),
    );
}
