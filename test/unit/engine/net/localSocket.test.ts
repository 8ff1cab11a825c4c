import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { listenLocal, localSocketPath } from '../../../../src/engine/net/localSocket.ts';
import { useScope } from '../../../support/scope.ts';
import { tempFolder } from '../../../support/tempFolder.ts';
import { rejection } from '../assertCode.ts';

describe('localSocketPath', () => {
  const token = '0123456789ab.sock'.length;

  function inFolder(length: number): string {
    const stateFolder = `/${'s'.repeat(length - 1)}`;
    return localSocketPath({ stateFolder, fallbackFolder: '/tmp/t', platform: 'linux' });
  }

  it('lies in the state folder', () => {
    const path = localSocketPath({ stateFolder: '/state', fallbackFolder: '/tmp/t', platform: 'darwin' });
    assert.match(path, /^\/state\/[0-9a-f]{12}\.sock$/);
  });

  it('is never longer than a socket may be', () => {
    const longest = 103 - 1 - token;
    assert.equal(inFolder(longest).length, 103);
    assert.match(inFolder(longest), /^\/s+\//);
    assert.match(inFolder(longest + 1), /^\/tmp\/t\/[0-9a-f]{12}\.sock$/);
  });

  it('counts bytes, not characters', () => {
    const path = localSocketPath({ stateFolder: `/${'ü'.repeat(50)}`, fallbackFolder: '/tmp/t', platform: 'linux' });
    assert.match(path, /^\/tmp\/t\//);
  });

  it('is a named pipe on Windows', () => {
    const path = localSocketPath({ stateFolder: 'C:\\state', fallbackFolder: 'C:\\t', platform: 'win32' });
    assert.match(path, /^\\\\\.\\pipe\\tributary-[0-9a-f]{12}$/);
  });

  it('is another one each time', () => {
    const init = { stateFolder: '/s', fallbackFolder: '/t', platform: 'linux' } as const;
    assert.notEqual(localSocketPath(init), localSocketPath(init));
  });
});

describe('listenLocal', () => {
  const scope = useScope();

  it('takes connections, and ends them all when it is closed', async () => {
    const path = join(tempFolder(scope), 'a.sock');
    const listener = await listenLocal(path, (socket) => socket.write('hi'));
    const client = connect(path);
    scope.defer(() => client.destroy());
    const [greeting] = await once(client, 'data');
    assert.equal(String(greeting), 'hi');
    const closed = once(client, 'close');
    await listener.close();
    await closed;
    await rejection(once(connect(path), 'connect'));
  });

  it('rejects where it cannot listen', async () => {
    const error = await rejection(listenLocal(join(tempFolder(scope), 'no', 'such', 'folder.sock'), () => {}));
    assert.ok(error instanceof Error);
  });
});
