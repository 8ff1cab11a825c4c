import assert from 'node:assert/strict';
import { extensionOf, numberedName, safeFileName } from '../../../../src/engine/intake/fileName.ts';
import { RECORD_SUFFIX } from '../../../../src/kit/partNames.ts';
import { forSeeds } from '../seededRandom.ts';

describe('safeFileName', () => {
  const names: [raw: string, safe: string | null][] = [
    ['file.zip', 'file.zip'],
    ['übung 数据 🎉.tar.gz', 'übung 数据 🎉.tar.gz'],
    // Only the last segment counts, whichever slash.
    ['../../etc/passwd', 'passwd'],
    ['..\\..\\windows\\system32\\a.dll', 'a.dll'],
    ['/etc/passwd', 'passwd'],
    ['C:\\a\\b.txt', 'b.txt'],
    ['C:b.txt', 'C_b.txt'],
    ['a/b\\c/d', 'd'],
    ['a/', null],
    ['a\\', null],
    ['/', null],
    // Nothing is left.
    ['', null],
    ['   ', null],
    ['.', null],
    ['..', null],
    ['......', null],
    ['. . .', null],
    ['\u0000\u001f\u007f', null],
    ['\u200b\u202e', null],
    // Control characters, and those that turn the reading direction or are not seen.
    ['a\u0000b\nc\td\u007fe\u0085f.txt', 'abcdef.txt'],
    ['invoice\u202egpj.exe', 'invoicegpj.exe'],
    ['a\u2066b\u2069c\u200bd\ufeffe\u061cf', 'abcdef'],
    ['.\u0000./.\u200b.', null],
    ['a\u2028b\u2029c', 'abc'],
    // What Windows refuses.
    ['a<b>c:d"e|f?g*h', 'a_b_c_d_e_f_g_h'],
    ['file.txt:hidden', 'file.txt_hidden'],
    ['a.txt.', 'a.txt'],
    ['a.txt . .', 'a.txt'],
    [' a.txt ', 'a.txt'],
    // A name that starts with a dot hides the file.
    ['.bashrc', '_bashrc'],
    ['..a', '_a'],
    ['...', null],
    // Devices, with or without an extension, in any case.
    ['con', '_con'],
    ['CON.txt', '_CON.txt'],
    ['nul.tar.gz', '_nul.tar.gz'],
    ['Com1', '_Com1'],
    ['lpt9.x', '_lpt9.x'],
    ['com¹', '_com¹'],
    ['aux.', '_aux'],
    ['CONIN$', '_CONIN$'],
    ['nul .txt', '_nul .txt'],
    ['com', 'com'],
    ['com10', 'com10'],
    ['conx', 'conx'],
    ['console.log', 'console.log'],
    ['a.con', 'a.con'],
  ];
  for (const [raw, safe] of names) {
    it(`makes ${JSON.stringify(safe)} of ${JSON.stringify(raw)}`, () => assert.equal(safeFileName(raw), safe));
  }

  const exact: [raw: string, elsewhere: string | null, onWindows: string | null][] = [
    ['a|b <1>: "c?" *', 'a|b <1>: "c?" *', 'a_b _1__ _c__ _'],
    ['con.txt', 'con.txt', '_con.txt'],
    ['Who?...', 'Who?...', 'Who_'],
    ['../x|y', 'x|y', 'x_y'],
    ['a\u0000|\u202eb', 'a|b', 'a_b'],
    ['..', null, null],
    ['.a|b', '_a|b', '_a_b'],
  ];
  for (const [raw, elsewhere, onWindows] of exact) {
    it(`keeps ${JSON.stringify(raw)} exactly where the platform takes it`, () => {
      assert.equal(safeFileName(raw, { exact: true, platform: 'linux' }), elsewhere);
      assert.equal(safeFileName(raw, { exact: true, platform: 'darwin' }), elsewhere);
      assert.equal(safeFileName(raw, { exact: true, platform: 'win32' }), onWindows);
    });
  }

  const limit = 255 - RECORD_SUFFIX.length - ' (9999)'.length;
  const long: [what: string, raw: string, ending: string][] = [
    ['300 ASCII characters', 'x'.repeat(300), 'x'],
    ['300 ASCII characters and an extension', `${'x'.repeat(300)}.zip`, 'x.zip'],
    ['300 ASCII characters and a double extension', `${'x'.repeat(300)}.tar.gz`, 'x.tar.gz'],
    ['300 characters of two bytes', `${'ü'.repeat(300)}.zip`, 'ü.zip'],
    ['300 characters of three bytes', `${'数'.repeat(300)}.zip`, '数.zip'],
    ['300 emoji', `${'🎉'.repeat(300)}.zip`, '🎉.zip'],
    ['letters with many accents', `${'e\u0301\u0302'.repeat(200)}.zip`, 'e\u0301\u0302.zip'],
    ['one letter with 300 accents', `a${'\u0301'.repeat(300)}.zip`, '\u0301.zip'],
    ['one letter with 300 accents and no extension', `a${'\u0301'.repeat(300)}`, '\u0301'],
  ];
  for (const [what, raw, ending] of long) {
    it(`shortens ${what} to what fits, between characters, and keeps the extension`, () => {
      const name = safeFileName(raw) ?? '';
      assert.ok(Buffer.byteLength(name) <= limit, `${Buffer.byteLength(name)} bytes`);
      assert.ok(name.endsWith(ending), name.slice(-20));
      assert.ok(name.length > ending.length);
      assert.ok(name.isWellFormed());
    });
  }

  it('makes nothing of spaces alone in front of what does not fit', () => {
    for (const raw of [`${' '.repeat(300)}a`, `${' '.repeat(300)}.zip`])
      assert.equal(safeFileName(raw, { exact: true, platform: 'linux' }), null);
  });

  it('leaves a name of exactly the limit as it is, and shortens one byte more', () => {
    const fits = `${'x'.repeat(limit - 4)}.zip`;
    assert.equal(safeFileName(fits), fits);
    assert.equal(safeFileName(`x${fits}`), fits);
  });

  it('leaves room for the number and the suffixes of its part', () => {
    const longest = safeFileName(`${'x'.repeat(300)}.tar.gz`) ?? '';
    for (const n of [1, 999, 1000, 9999]) {
      const bytes = Buffer.byteLength(numberedName(longest, n) + RECORD_SUFFIX);
      assert.ok(bytes <= 255, `number ${n}: ${bytes} bytes`);
    }
  });

  it('takes a moment for a very long name, whatever it is made of', () => {
    for (const filler of ['.', ' ', ' .', '_', '\\', '\u0301'])
      assert.ok((safeFileName(`a${filler.repeat(100_000)}b`) ?? '').length <= 255, filler);
  });

  it('gives a safe name for any text, and the same again for its own result', async () => {
    const pieces = [
      ...[
        'a',
        'Z',
        '.',
        '..',
        '/',
        '\\',
        ' ',
        ':',
        '\u0000',
        '\n',
        '\u202e',
        '\u200d',
        'ü',
        '数',
        '🎉',
        '\ud800',
        'con',
      ],
      ...['nul', '.tar', '.gz', '%2e', '\u00a0', '\u3000', '\u0301', '-', '_', 'x'.repeat(120), '数'.repeat(40), '~'],
    ];
    await forSeeds(3000, (random) => {
      let raw = '';
      for (let n = random.between(0, 12); n > 0; n--) raw += random.pick(pieces);
      const name = safeFileName(raw);
      if (name === null) return;
      const shown = JSON.stringify({ raw, name });
      assert.ok(name.length > 0 && Buffer.byteLength(name) <= limit, shown);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: there must be none
      assert.doesNotMatch(name, /[/\\\u0000-\u001f\u007f-\u009f<>:"|?*\u202a-\u202e\u2066-\u2069]/, shown);
      assert.doesNotMatch(name, /^\.|^\s|[. ]$/, shown);
      assert.doesNotMatch(name, /^(con|nul)(\.|$)/i, shown);
      assert.equal(safeFileName(name), name, shown);
    });
  });
});

describe('extensionOf', () => {
  const extensions: [name: string, extension: string][] = [
    ['a.zip', '.zip'],
    ['a.tar.gz', '.tar.gz'],
    ['a.b.tar.zst', '.tar.zst'],
    ['a.tar', '.tar'],
    ['a', ''],
    ['.bashrc', ''],
    ['a.', ''],
    ['a.b c', ''],
    [`a.${'x'.repeat(16)}`, `.${'x'.repeat(16)}`],
    [`a.${'x'.repeat(17)}`, ''],
    ['a.ü', ''],
  ];
  for (const [name, extension] of extensions) {
    it(`of ${name} is ${JSON.stringify(extension)}`, () => assert.equal(extensionOf(name), extension));
  }
});

describe('numberedName', () => {
  const names: [name: string, numbered: string][] = [
    ['a.zip', 'a (2).zip'],
    ['data.tar.gz', 'data (2).tar.gz'],
    ['README', 'README (2)'],
    ['_bashrc', '_bashrc (2)'],
    ['a (1).zip', 'a (1) (2).zip'],
  ];
  for (const [name, numbered] of names) {
    it(`of ${name} is ${numbered}`, () => assert.equal(numberedName(name, 2), numbered));
  }
});
