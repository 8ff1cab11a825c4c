import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ErrorCode } from '../../../src/contract/errors.ts';
import { prepareMirror, prepareSibling, prepareTask, replaceLink } from '../../../src/engine/addTask.ts';
import { parseTaskRecord } from '../../../src/engine/tasks/taskRecord.ts';
import { assertCode, thrown } from './assertCode.ts';

const init = { order: 1, nowMs: 5 };
const SECRET_LINK = 'https://user:hush1@example.com/f.zip?token=hush2&v=hush3';

describe('prepareTask', () => {
  it('writes down no password, no private query value and no header, and keeps them all beside it', () => {
    const { record, secrets } = prepareTask(
      {
        address: SECRET_LINK,
        folder: tmpdir(),
        headers: { Cookie: 'hush4' },
        mirrors: ['https://m.example/f.zip?sig=hush5', 'https://n.example/f.zip'],
      },
      init,
    );
    assert.doesNotMatch(JSON.stringify(record), /hush|user/);
    assert.equal(record.needsSecrets, true);
    assert.deepEqual(
      record.mirrors.map(({ address, needsSecrets }) => [address, needsSecrets]),
      [
        ['https://m.example/f.zip?sig=', true],
        ['https://n.example/f.zip', false],
      ],
    );
    assert.deepEqual(secrets, {
      address: SECRET_LINK,
      headers: { cookie: 'hush4' },
      mirrors: ['https://m.example/f.zip?sig=hush5'],
    });
  });

  it('needs no secrets for a plain link, whose query is kept', () => {
    const { record, secrets } = prepareTask({ address: 'https://example.com/f.zip?v=2', folder: tmpdir() }, init);
    assert.equal(record.needsSecrets, false);
    assert.deepEqual(secrets, {});
    assert.equal(record.address, 'https://example.com/f.zip?v=2');
  });

  it('makes a record that can be read again', () => {
    const { record } = prepareTask(
      {
        address: 'https://example.com/f.zip',
        folder: tmpdir(),
        fileName: '../x.zip',
        mirrors: ['https://m.example/f.zip'],
        limitBytesPerSecond: 7,
        findChecksum: true,
      },
      init,
    );
    assert.deepEqual(parseTaskRecord(JSON.parse(JSON.stringify(record))), record);
    assert.equal(record.guessedName, 'x.zip');
  });

  const refused: [what: string, params: Partial<Parameters<typeof prepareTask>[0]>, code: ErrorCode][] = [
    ['a folder that is not absolute', { folder: 'here' }, 'bad-option'],
    ['a link that is none', { address: 'here' }, 'not-a-link'],
    ['a mirror that is none', { mirrors: ['https://example.com/f', 'there'] }, 'not-a-link'],
    ['a checksum that is none', { checksum: 'sha256:1' }, 'bad-checksum'],
  ];
  for (const [what, params, code] of refused) {
    it(`refuses ${what}`, () => {
      const prepare = (): unknown =>
        prepareTask({ address: 'https://example.com/f', folder: tmpdir(), ...params }, init);
      assertCode(thrown(prepare), code);
    });
  }
});

describe('prepareMirror', () => {
  it('keeps a plain link whole, and of a secret one only what is no secret', () => {
    assert.deepEqual(prepareMirror('https://example.com/f?v=2'), {
      kept: { address: 'https://example.com/f?v=2', display: 'https://example.com/f', needsSecrets: false },
      secret: null,
    });
    const { kept, secret } = prepareMirror(` ${SECRET_LINK} `);
    assert.doesNotMatch(JSON.stringify(kept), /hush|user/);
    assert.equal(kept.needsSecrets, true);
    assert.equal(secret, SECRET_LINK);
  });
});

describe('prepareSibling', () => {
  it('is a task of the same link for another file: new identity, no progress, safe name, same limit, no mirrors', () => {
    const first = prepareTask(
      {
        address: SECRET_LINK,
        folder: tmpdir(),
        fileName: 'own.zip',
        checksum: `sha1:${'a'.repeat(40)}`,
        limitBytesPerSecond: 9,
        mirrors: ['https://m.example/f.zip?sig=hush5'],
      },
      init,
    );
    const moved = { ...first.record, targetName: 'own.zip', sizeBytes: 5, receivedBytes: 5 };
    const { record, secrets } = prepareSibling({ record: moved, secrets: first.secrets }, '../../b.zip', {
      order: 2,
      nowMs: 6,
    });
    assert.notEqual(record.id, first.record.id);
    assert.deepEqual([record.mirrors, secrets], [[], { address: SECRET_LINK }], 'the mirrors are of the first file');
    assert.deepEqual(
      [record.addedBy, record.metalinkFile, record.fileName, record.targetName, record.guessedName],
      [first.record.id, '../../b.zip', null, null, 'b.zip'],
    );
    assert.deepEqual(
      [record.checksum, record.sizeBytes, record.receivedBytes, record.limitBytesPerSecond, record.order],
      [null, null, 0, 9, 2],
    );
    assert.deepEqual(parseTaskRecord(JSON.parse(JSON.stringify(record))), record);
  });
});

describe('replaceLink', () => {
  const plain = prepareTask({ address: 'https://example.com/f.zip', folder: join(tmpdir(), 'x') }, init);

  it('changes the link and nothing else', () => {
    const { record, secrets } = replaceLink(plain, 'https://example.org/f.zip?v=3');
    const changed = { address: 'https://example.org/f.zip?v=3', display: 'https://example.org/f.zip' };
    assert.deepEqual(record, { ...plain.record, ...changed });
    assert.deepEqual(secrets, {});
  });

  it('takes secrets of a new link out of the record, and forgets those of the old one', () => {
    const secret = replaceLink(plain, SECRET_LINK);
    assert.doesNotMatch(JSON.stringify(secret.record), /hush|user/);
    assert.deepEqual([secret.record.needsSecrets, secret.secrets], [true, { address: SECRET_LINK }]);
    const back = replaceLink(secret, 'https://example.com/f.zip');
    assert.deepEqual([back.record.needsSecrets, back.secrets], [false, {}]);
  });

  it('still needs the headers that the user gave', () => {
    const withHeaders = prepareTask(
      { address: 'https://a.example/f', folder: tmpdir(), headers: { Cookie: 'c' } },
      init,
    );
    const { record, secrets } = replaceLink(withHeaders, 'https://a.example/g');
    assert.deepEqual([record.needsSecrets, secrets], [true, { headers: { cookie: 'c' } }]);
  });
});
