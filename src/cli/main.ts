import { setMaxListeners } from 'node:events';
import { CommanderError } from 'commander';
import { ERRORS, TributaryError, toTributaryError } from '../contract/errors.ts';
import { ownVersion } from '../engine/disk/ownVersion.ts';
import { errorLine } from './errorLine.ts';
import { EXIT_COMPLETE, exitCodeOf } from './exitCode.ts';
import { runGet } from './getCommand.ts';
import { runHubList, runHubServe } from './hubCommands.ts';
import { runHubPut } from './hubPut.ts';
import { runIpfsAdd, runIpfsServe } from './ipfsCommands.ts';
import { failureJson } from './jsonLines.ts';
import { buildProgram } from './program.ts';
import { runPeers, runSeed } from './seedCommands.ts';
import { runList, runTaskAction } from './taskCommands.ts';

/** Runs one command line; never throws. */
async function runCommandLine(args: readonly string[]): Promise<number> {
  let exitCode = EXIT_COMPLETE;
  const program = buildProgram(
    ownVersion(),
    {
      get: runGet,
      list: runList,
      task: runTaskAction,
      seed: runSeed,
      peers: runPeers,
      hubServe: runHubServe,
      hubPut: runHubPut,
      hubList: runHubList,
      ipfsServe: runIpfsServe,
      ipfsAdd: runIpfsAdd,
    },
    (given) => {
      exitCode = given;
    },
  );
  if (args.length === 0) {
    process.stderr.write(program.helpInformation());
    return exitCodeOf('bad-option');
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    // Help and version end the parser by an exception, too.
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT_COMPLETE;
    return tellFailure(error, args);
  }
}

function tellFailure(thrown: unknown, args: readonly string[]): number {
  const error = thrown instanceof CommanderError ? parserError(thrown) : toTributaryError(thrown);
  const asked = args.find((arg) => !arg.startsWith('-'));
  const hint =
    ERRORS[error.code].message === '{what}' ? ` See tributary ${asked === undefined ? '' : `${asked} `}--help.` : '';
  process.stderr.write(`${errorLine(error)}${hint}\n`);
  if (args.includes('--json')) process.stdout.write(`${JSON.stringify(failureJson(error))}\n`);
  if (args.some((arg) => /^(--log=)?(debug|trace)$/.test(arg)) && thrown instanceof Error) {
    process.stderr.write(`${thrown.stack}\n`);
  }
  return exitCodeOf(error.code);
}

/** The parser's sentence, without its "error:" and with the suggestion that it puts on a line of its own. */
function parserError(error: CommanderError): TributaryError {
  const sentence = error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
  const what = sentence.charAt(0).toUpperCase() + sentence.slice(1);
  return new TributaryError('bad-option', { what: /[.?)]$/.test(what) ? what : `${what}.` });
}

/** What was written to a pipe is still on its way on some platforms when the program ends. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) resolve();
    else stream.write('', () => resolve());
  });
}

// Every lane of a download listens to the one signal that stops it; Node 20 takes more than ten for a leak.
setMaxListeners(0);
// A reader that went away (`| head`) is no error of ours, and cannot be told either.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});
// A defect of ours is told like any other failure, with its stack only for those who ask for details.
process.on('uncaughtException', (error) => process.exit(tellFailure(error, process.argv.slice(2))));
runCommandLine(process.argv.slice(2)).then(async (exitCode) => {
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  process.exit(exitCode);
});
