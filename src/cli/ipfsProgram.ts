import type { Command } from 'commander';
import { TributaryError } from '../contract/errors.ts';
import type { IpfsAddOptions, IpfsServeOptions } from './ipfsCommands.ts';

/** What the commands of `tributary ipfs` do; each resolves with the exit status. */
export interface IpfsActions {
  ipfsServe(options: IpfsServeOptions): Promise<number>;
  ipfsAdd(file: string, options: IpfsAddOptions): Promise<number>;
}

const IPFS_HELP = `
  A file is named by its content (CID): 1 MiB blocks, version 1, raw leaves, a
  balanced tree of 174 children. It stays where it is, and is offered as long as
  nobody changes it. Without --public this is a network of your own: nobody
  outside of this machine and its local network is asked or told anything.
  Elsewhere than on this machine (--host 0.0.0.0) peers have to be named
  (--allow).

Examples:
  tributary ipfs add model.bin
  tributary ipfs serve --port 4001
  tributary get ipfs://<cid> --peer /ip4/127.0.0.1/tcp/4001/p2p/<id>
  tributary get ipfs://<cid> --bootstrap /ip4/192.168.1.20/tcp/4001/p2p/<id>
  tributary get ipfs://<cid>/docs/a.pdf --gateway https://gateway.example`;

/** Adds `ipfs serve | add`. */
export function addIpfsCommands(ipfs: Command, actions: IpfsActions, done: (exitCode: number) => void): void {
  ipfs
    .description('offer content-addressed files')
    .argument('[command]')
    .usage('serve | add <file>')
    .addHelpText('after', IPFS_HELP)
    .action((name: string | undefined) => {
      const what = name === undefined ? 'ipfs takes a command' : `Unknown command '${name}'`;
      throw new TributaryError('bad-option', { what: `${what}: serve or add.` });
    });
  const command = (usage: string, description: string): Command =>
    ipfs.command(usage).description(description).helpOption('-h, --help', 'show help');

  command('serve', 'offer the files of a repository')
    .option('--dir <folder>', "the repository (default: in the user's data folder)")
    .option('--port <n>', 'port (default: any free one)')
    .option('--host <address>', 'IP address to listen on (default: 127.0.0.1)')
    .option('--bootstrap <multiaddr>', 'through whom other peers are found; repeatable', collect)
    .option('--allow <peer id>', 'who may connect (default: everybody who finds the way); repeatable', collect)
    .option('--mdns', 'find peers in the local network, and be found there')
    .option('--public', 'the network that everybody uses')
    .action(async (_options: unknown, self: Command) => done(await actions.ipfsServe(self.optsWithGlobals())));

  command('add', 'add a file; prints its CID')
    .argument('<file>')
    .option('--dir <folder>', "the repository (default: in the user's data folder)")
    .option('-q, --quiet', 'the CID only')
    .action(async (file: string, _options: unknown, self: Command) =>
      done(await actions.ipfsAdd(file, self.optsWithGlobals())),
    );
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
