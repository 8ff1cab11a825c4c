import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { prepareTask, requestOf } from '../../../src/engine/addTask.ts';
import { parseTaskRecord } from '../../../src/engine/tasks/taskRecord.ts';
import { assertCode, thrown } from './assertCode.ts';

const init = { order: 1, nowMs: 5 };

describe('prepareTask', () => {
  it('writes down no password, no private query value and no header', () => {
    const { record, secrets } = prepareTask(
      {
        address: 'https://user:hush1@example.com/f.zip?token=hush2&v=hush3',
        folder: tmpdir(),
        headers: { Cookie: 'hush4' },
      },
      init,
    );
    assert.doesNotMatch(JSON.stringify(record), /hush|user/);
    assert.equal(record.needsSecrets, true);
    const request = requestOf(record, secrets);
    assert.equal(request.address.url, 'https://example.com/f.zip?token=hush2&v=hush3');
    assert.deepEqual(request.headers, {
      authorization: `Basic ${Buffer.from('user:hush1').toString('base64')}`,
      cookie: 'hush4',
    });
  });

  it("lets the user's own Authorization header win over the link's", () => {
    const params = { address: 'https://u:p@example.com/f', folder: tmpdir(), headers: { AUTHORIZATION: 'Bearer x' } };
    const { record, secrets } = prepareTask(params, init);
    assert.deepEqual(requestOf(record, secrets).headers, { authorization: 'Bearer x' });
  });

  it('needs no secrets for a plain link, whose query is kept', () => {
    const { record, secrets } = prepareTask({ address: 'https://example.com/f.zip?v=2', folder: tmpdir() }, init);
    assert.equal(record.needsSecrets, false);
    assert.deepEqual(secrets, {});
    assert.equal(requestOf(record, {}).address.url, 'https://example.com/f.zip?v=2');
  });

  it('makes a record that can be read again', () => {
    const { record } = prepareTask(
      { address: 'https://example.com/f.zip', folder: tmpdir(), fileName: '../x.zip' },
      init,
    );
    assert.deepEqual(parseTaskRecord(JSON.parse(JSON.stringify(record))), record);
    assert.equal(record.guessedName, 'x.zip');
  });

  it('refuses a folder that is not absolute', () => {
    assertCode(
      thrown(() => prepareTask({ address: 'https://example.com/f', folder: 'here' }, init)),
      'bad-option',
    );
  });
});
