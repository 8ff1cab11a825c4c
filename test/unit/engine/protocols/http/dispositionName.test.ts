import assert from 'node:assert/strict';
import { dispositionName } from '../../../../../src/engine/protocols/http/dispositionName.ts';

/** As Node hands over what a server sent as raw bytes. */
function raw(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

describe('dispositionName', () => {
  const names: [what: string, header: string | null, name: string | null][] = [
    ['no header', null, null],
    ['an empty header', '', null],
    ['no parameter', 'attachment', null],
    ['an empty name', 'attachment; filename=""', null],
    ['a token', 'attachment; filename=a.zip', 'a.zip'],
    ['a quoted string', 'attachment; filename="a b.zip"', 'a b.zip'],
    ['inline', 'inline; filename="a.zip"', 'a.zip'],
    ['any case', 'ATTACHMENT; FileName="a.zip"', 'a.zip'],
    ['no white space', 'attachment;filename="a.zip";size=1', 'a.zip'],
    ['a semicolon in quotes', 'attachment; filename="a;b.zip"', 'a;b.zip'],
    ['what looks like a parameter in quotes', 'attachment; filename="a; filename=b.zip"', 'a; filename=b.zip'],
    ['quoted pairs', 'attachment; filename="a\\"b\\\\c.zip"', 'a"b\\c.zip'],
    ['percent signs that are no escapes', 'attachment; filename="100%.zip"', '100%.zip'],
    ['RFC 8187 in UTF-8', "attachment; filename*=UTF-8''%e2%82%ac%20rates.zip", '€ rates.zip'],
    ['RFC 8187 with a language', "attachment; filename*=utf-8'en'%c3%bc.zip", 'ü.zip'],
    ['RFC 8187 in ISO-8859-1', "attachment; filename*=ISO-8859-1''%fc.zip", 'ü.zip'],
    ['RFC 8187 before the plain one', 'attachment; filename="plain.zip"; filename*=UTF-8\'\'%c3%bc.zip', 'ü.zip'],
    [
      'RFC 8187 before the plain one, order reversed',
      'attachment; filename*=UTF-8\'\'%c3%bc.zip; filename="plain.zip"',
      'ü.zip',
    ],
    ['the plain one beside a broken RFC 8187', "attachment; filename*=UTF-8''%zz; filename=plain.zip", 'plain.zip'],
    ['the plain one beside an unknown charset', "attachment; filename*=KOI8-R''%c1; filename=plain.zip", 'plain.zip'],
    ['raw UTF-8', `attachment; filename="${raw('数据 ü.zip')}"`, '数据 ü.zip'],
    ['raw UTF-8 in a token', `attachment; filename=${raw('ü.zip')}`, 'ü.zip'],
    ['raw ISO-8859-1', 'attachment; filename="\xfc.zip"', 'ü.zip'],
    ['RFC 2047, base 64', 'attachment; filename="=?UTF-8?B?w7wuemlw?="', 'ü.zip'],
    ['RFC 2047, quoted-printable', 'attachment; filename="=?utf-8?q?=C3=BC_a=5Fb.zip?="', 'ü a_b.zip'],
    ['RFC 2047, two words', 'attachment; filename="=?utf-8?b?w7w=?= =?utf-8?q?=C3=A4.zip?="', 'üä.zip'],
    ['RFC 2047 in ISO-8859-1', 'attachment; filename="=?iso-8859-1?q?=FC.zip?="', 'ü.zip'],
    ['RFC 2047 in an unknown charset stays', 'attachment; filename="=?klingon?b?w7w=?="', '=?klingon?b?w7w=?='],
    ['RFC 2047 that is no UTF-8 stays', 'attachment; filename="=?utf-8?q?=FC?="', '=?utf-8?q?=FC?='],
    ['a path is left to those who make a name safe', 'attachment; filename="../../a.zip"', '../../a.zip'],
    ['no end of the quotes', 'attachment; filename="a.zip', null],
    ['no type', '; filename=a.zip', 'a.zip'],
    ['only white space', '   ', null],
    ['another parameter', 'attachment; name="a.zip"', null],
    ['more than anybody needs', `attachment; filename="${'x'.repeat(9000)}"`, null],
  ];
  for (const [what, header, name] of names) {
    it(`${what}: ${JSON.stringify(name)}`, () => assert.equal(dispositionName(header), name));
  }
});
