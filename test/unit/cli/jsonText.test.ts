import assert from 'node:assert/strict';
import { hubFileJson } from '../../../src/cli/hubJson.ts';
import { jsonText } from '../../../src/cli/jsonText.ts';

describe('jsonText', () => {
  it('writes what would move a cursor or turn the reading direction as escapes, which read as the same', () => {
    const name = 'a\u001b[2J\u009b2J\u007f\u0085\u200e\u202egpj.exe\u2066\u2028é数🎉';
    const text = jsonText({ name });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    assert.doesNotMatch(text, /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/);
    assert.match(text, /é数🎉/);
    assert.deepEqual(JSON.parse(text), { name });
  });

  it('is how files of a hub are told, whose names are those of others', () => {
    const file = { fid: 'f', filename: 'x\u009b2J', size: 1, sha256: null, uploader: 'a\u009b', uploaded_at: '\u009b' };
    const line = hubFileJson({ host: 'h', port: 1, key: null }, { ...file, uploader_uid: '' });
    assert.doesNotMatch(line, /\u009b/);
    assert.equal(JSON.parse(line).name, file.filename);
  });
});
