/** node cappedPeer.ts <file> <bytes per second>: a Bitswap peer of the file that gives no more than that; prints its address. */
import { readFileSync } from 'node:fs';
import { dagOfFile, OURS } from '../support/ipfs/dagOf.ts';
import { startOddPeer } from '../support/ipfs/oddPeer.ts';
import { Scope } from '../support/scope.ts';

const [path = '', bytesPerSecond = ''] = process.argv.slice(2);
const dag = await dagOfFile(readFileSync(path), OURS);
const { address } = await startOddPeer(new Scope(), dag.blocks, { bytesPerSecond: Number(bytesPerSecond) });
process.stdout.write(`${address}\n`);
