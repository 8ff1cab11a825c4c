import { Command, Option } from 'commander';
import { ExistsPolicy, LogLevel } from '../contract/settings.ts';
import type { CommonOptions, GetOptions } from './getPlan.ts';
import { EXIT_STATUS_HELP, GET_HELP } from './helpText.ts';
import { addHubCommands, type HubActions } from './hubProgram.ts';
import { addIpfsCommands, type IpfsActions } from './ipfsProgram.ts';
import { addSeedCommands, type SeedActions } from './seedProgram.ts';
import type { TaskAction } from './taskCommands.ts';

/** What the commands do; each resolves with the exit status. */
export interface Actions extends HubActions, IpfsActions, SeedActions {
  get(addresses: readonly string[], options: GetOptions): Promise<number>;
  list(options: CommonOptions & { readonly json?: boolean }): Promise<number>;
  task(action: TaskAction, id: string, options: CommonOptions): Promise<number>;
}

const TASK_ACTIONS: readonly (readonly [name: TaskAction, description: string])[] = [
  ['pause', 'pause a download of a running engine'],
  ['resume', 'resume a paused download'],
  ['cancel', 'stop a download and delete its part file'],
];

/** The grammar of the command line. `done` is told the exit status of the command that was given. */
export function buildProgram(version: string, actions: Actions, done: (exitCode: number) => void): Command {
  const program = new Command('tributary')
    .description('Downloads big files: fast, resumable, verified.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true })
    .option('--state <folder>', "state folder of the engine (default: in the user's data folder)")
    .addOption(new Option('--log <level>', 'write log lines to stderr').choices(LogLevel.options))
    .addHelpText('after', EXIT_STATUS_HELP);

  const command = (usage: string, description: string) =>
    program.command(usage).description(description).helpOption('-h, --help', 'show help');

  command('get', 'download files')
    .argument('[address...]', 'http or https links, seed:///<name>, ...; several are several files')
    .usage('<address>... [options]')
    .option('-o, --output <file>', 'target file (one address only)')
    .option('-d, --dir <folder>', 'target folder (default: here)')
    .option('-m, --mirror <address>', 'another source of the same file (one address only); repeatable', collect)
    .option('-c, --connections <n>', 'most connections of one file, 1 to 64 (default: 16)')
    .option('-j, --parallel <n>', 'files at once, 1 to 64 (default: 3)')
    .option('--checksum <algo:hex>', 'sha256, sha1, sha512 or md5 that the file must have; auto: look for it')
    .option('--limit <rate>', 'overall bytes per second: 500k, 20M, 1.5M')
    .option('-H, --header <line>', 'request header "Name: value"; repeatable', collect)
    .option('-i, --input <file>', 'read addresses from a file, one per line; - is standard input')
    .addOption(
      new Option('--exists <policy>', 'when the file is there already (default: rename)').choices(ExistsPolicy.options),
    )
    .option('--proxy <url>', 'http or https proxy (default: HTTPS_PROXY, HTTP_PROXY, NO_PROXY)')
    .option('--ca <pem>', "further certificate authorities, beside the system's")
    .option('--ports <ports>', 'ports that seed:///<name> asks: 8080-8084 (default), or 8080,8090')
    .option('--peer <multiaddr>', 'ask this peer for ipfs:// addresses; repeatable', collect)
    .option('--gateway <url>', 'trustless gateway for ipfs:// addresses; repeatable', collect)
    .option('--bootstrap <multiaddr>', 'find peers for ipfs:// addresses through this one; repeatable', collect)
    .option('--public', 'look for ipfs:// addresses in the public network, too')
    .option('--json', 'one JSON event per line on stdout')
    .option('--events', 'chunk events on stdout, too')
    .option('-q, --quiet', 'only errors')
    .addHelpText('after', GET_HELP)
    .action(async (addresses: string[], _options: unknown, self: Command) =>
      done(await actions.get(addresses, self.optsWithGlobals<GetOptions>())),
    );

  command('list', 'show the downloads of the running engines')
    .option('--json', 'one JSON object per line, as in get --json')
    .action(async (_options: unknown, self: Command) => done(await actions.list(self.optsWithGlobals())));

  for (const [name, description] of TASK_ACTIONS) {
    command(name, description)
      .argument('<id>', 'as shown by tributary list')
      .action(async (id: string, _options: unknown, self: Command) =>
        done(await actions.task(name, id, self.optsWithGlobals())),
      );
  }
  addSeedCommands(command, actions, done);
  addHubCommands(command('hub', ''), actions, done);
  addIpfsCommands(command('ipfs', ''), actions, done);
  return quietErrors(program);
}

/** Errors are thrown, and worded in one place: the parser itself prints nothing but help. */
function quietErrors(program: Command): Command {
  for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)]) {
    command.exitOverride().configureOutput({ writeErr: () => {}, outputError: () => {} });
  }
  return program;
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
