import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { AddressBook } from '../../../../src/engine/net/addressBook.ts';
import { useScope } from '../../../support/scope.ts';

describe('AddressBook', () => {
  const scope = useScope();
  const found = [
    { address: '2001:db8::2', family: 6 },
    { address: '192.0.2.2', family: 4 },
    { address: '2001:db8::1', family: 6 },
    { address: '192.0.2.1', family: 4 },
  ];

  function ask(book: AddressBook, hostname: string): Promise<string | LookupAddress[]> {
    return new Promise((resolve, reject) => {
      book.lookup(hostname, { all: true }, (error, addresses) => (error === null ? resolve(addresses) : reject(error)));
    });
  }

  async function answerOverIpv4(book: AddressBook, hostname: string): Promise<void> {
    const server = createServer().listen(0, '127.0.0.1');
    scope.defer(() => server.close());
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    scope.defer(() => socket.destroy());
    await once(socket, 'connect');
    book.connected(hostname, socket);
  }

  it("keeps the system's order until a connection stands", async () => {
    const book = new AddressBook({ lookup: (_, __, callback) => callback(null, found) });
    assert.deepEqual(await ask(book, 'a.example'), found);
  });

  it('puts the family first that answered, at that host alone, each family in its own order', async () => {
    const book = new AddressBook({ lookup: (_, __, callback) => callback(null, found) });
    await answerOverIpv4(book, 'a.example');
    assert.deepEqual(
      ((await ask(book, 'a.example')) as LookupAddress[]).map(({ address }) => address),
      ['192.0.2.2', '192.0.2.1', '2001:db8::2', '2001:db8::1'],
    );
    assert.deepEqual(await ask(book, 'b.example'), found);
  });

  it('passes on that a name is not known', async () => {
    const unknown = Object.assign(new Error('no such host'), { code: 'ENOTFOUND' });
    const book = new AddressBook({ lookup: (_, __, callback) => callback(unknown, []) });
    await assert.rejects(ask(book, 'a.example'), unknown);
  });
});
