import assert from 'node:assert/strict';
import { ASCII_GLYPHS, chooseGlyphs, UNICODE_GLYPHS } from '../../../src/cli/glyphs.ts';
import { progressLine, summaryLine } from '../../../src/cli/progressLine.ts';
import { widthOf } from '../../../src/cli/textWidth.ts';
import type { TaskSnapshot } from '../../../src/contract/task.ts';
import { active, sampleTask } from './sampleTask.ts';

function line(task: TaskSnapshot, columns: number, frame = 0, glyphs = UNICODE_GLYPHS): string {
  return progressLine(task, { columns, glyphs, frame, nameColumns: widthOf(task.name) });
}

describe('progressLine', () => {
  const widths: readonly (readonly [number, string])[] = [
    [20, 'big.iso        42 %'],
    [31, 'big.iso        42 %   11.3 MB/s'],
    [43, 'big.iso        42 %   11.3 MB/s        11 s'],
    [62, 'big.iso        42 %   84.0 MB / 200 MB   11.3 MB/s        11 s'],
    [79, 'big.iso       ██████▎░░░░░░░░   42 %   84.0 MB / 200 MB   11.3 MB/s        11 s'],
    [100, 'big.iso       █████████████░░░░░░░░░░░░░░░░░░   42 %   84.0 MB / 200 MB   11.3 MB/s        11 s left'],
  ];
  for (const [columns, expected] of widths) {
    it(`uses ${columns} columns`, () => assert.equal(line(sampleTask(), columns), expected));
  }

  it('shows no control characters of what a download waits for', () => {
    const waiting = { code: 'no-seed', args: { name: 'a\u009b2Jb', reason: '\u202e' } } as const;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    assert.doesNotMatch(line(sampleTask({ status: active({ waiting }) }), 160), /[\u0000-\u001f\u007f-\u009f\u202e]/);
  });

  it('never takes more columns than there are, whatever the name, and never breaks a character', () => {
    const names = [
      'x',
      'a-rather-long-name-of-some-release-2026.11.20.tar.gz',
      '日本語のとても長いファイル名.zip',
      '👩‍👩‍👧‍👦'.repeat(20),
    ];
    for (const name of names) {
      for (let columns = 20; columns <= 160; columns++) {
        const text = line(sampleTask({ name }), columns);
        assert.ok(widthOf(text) <= columns, `${widthOf(text)} > ${columns}: ${text}`);
        assert.ok(text.isWellFormed());
      }
    }
  });

  it('gives a long name room before it gives it to the bar', () => {
    const name = 'a-rather-long-name-07.tar.gz';
    assert.match(line(sampleTask({ name }), 120), /^a-rather-long-name-07\.tar\.gz {2}█/);
  });

  it('draws a bar without Unicode', () => {
    assert.match(line(sampleTask(), 79, 0, ASCII_GLYPHS), / {2}######\.{9} {2}/);
  });

  it('shows what is known without a size, and a block that moves', () => {
    const task = sampleTask({ sizeBytes: null, status: active({ secondsLeft: null }) });
    assert.equal(line(task, 79, 0), 'big.iso       ███░░░░░░░░░░░░     --            84.0 MB   11.3 MB/s');
    assert.match(line(task, 79, 2), / ░░███░░/);
    for (let frame = 0; frame < 100; frame++) assert.match(line(task, 79, frame), /[█░]{15}/);
  });

  it('says 100 % only when all is there', () => {
    assert.match(line(sampleTask({ receivedBytes: 199_999_999 }), 40), /99 %/);
    assert.match(line(sampleTask({ receivedBytes: 200_000_000 }), 40), /100 %/);
    assert.match(line(sampleTask({ sizeBytes: 0, receivedBytes: 0 }), 79), /█{15} {2}100 %/);
  });

  const words: readonly (readonly [string, TaskSnapshot['status'], RegExp])[] = [
    ['connecting', active({ phase: 'connecting' }), / connecting$/],
    ['checking the digest', active({ phase: 'verifying' }), / checking$/],
    ['finishing', active({ phase: 'finishing' }), / finishing$/],
    [
      'waiting',
      active({ waiting: { code: 'server-busy', args: { host: 'h', status: 503 } } }),
      / waiting: h is busy \(HTTP 503\)\.$/,
    ],
  ];
  for (const [what, status, expected] of words) {
    it(`says when a download is ${what}`, () => assert.match(line(sampleTask({ status }), 110), expected));
  }

  it('shows a hostile name as plain text', () => {
    assert.ok(!line(sampleTask({ name: 'a\x1b[31mb\r.iso' }), 79).includes('\x1b'));
  });
});

describe('summaryLine', () => {
  const error = { code: 'not-found', args: {} } as const;
  const done = { state: 'completed', verification: 'verified', sha256: null, finishedAt: 0 } as const;
  const tasks = [
    sampleTask(),
    sampleTask({ status: active({ bytesPerSecond: 8_700_000 }) }),
    sampleTask({ status: done }),
    sampleTask({ status: { state: 'queued' } }),
  ];
  it('counts the files and adds up the speeds', () => {
    assert.equal(summaryLine(tasks, 5, 80), '1 of 5 files  20.0 MB/s');
  });
  it('tells failures', () => {
    const more = [...tasks, sampleTask({ status: { state: 'failed', error } })];
    assert.equal(summaryLine(more, 5, 80), '1 of 5 files  1 failed  20.0 MB/s');
  });
});

describe('chooseGlyphs', () => {
  const cases: readonly (readonly [string, Record<string, string>, string, typeof UNICODE_GLYPHS])[] = [
    ['a UTF-8 locale', { LANG: 'de_DE.UTF-8' }, 'linux', UNICODE_GLYPHS],
    ['C.utf8', { LC_ALL: 'C.utf8' }, 'linux', UNICODE_GLYPHS],
    ['no locale', {}, 'linux', ASCII_GLYPHS],
    ['LC_ALL over LANG', { LC_ALL: 'C', LANG: 'en_US.UTF-8' }, 'linux', ASCII_GLYPHS],
    ['an empty LC_ALL', { LC_ALL: '', LANG: 'en_US.UTF-8' }, 'linux', UNICODE_GLYPHS],
    ['macOS', {}, 'darwin', UNICODE_GLYPHS],
    ['Windows Terminal', { WT_SESSION: 'x' }, 'win32', UNICODE_GLYPHS],
    ['the old Windows console', {}, 'win32', ASCII_GLYPHS],
  ];
  for (const [what, env, platform, glyphs] of cases) {
    it(what, () => assert.equal(chooseGlyphs(env, platform), glyphs));
  }
});
