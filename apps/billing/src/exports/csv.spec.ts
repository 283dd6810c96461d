import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { csvField, csvRecord } from './csv.ts';

describe('a CSV field', () => {
  it.each([
    ['ada@example.com', 'ada@example.com'],
    ['Lovelace, Ada', '"Lovelace, Ada"'],
    ['the "first"', '"the ""first"""'],
    ['two\r\nlines', '"two\r\nlines"'],
    ['=1+1', "'=1+1"],
    ['+44 1', "'+44 1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t'=1"],
    ['\r=1', '"\'\r\'=1"'],
    ['\ta', "'\ta"],
    ['\n=1', '"\n\'=1"'],
    ['  =1', "'  =1"],
    ['＝1+1', "'＝1+1"],
    ['＋1', "'＋1"],
    ['－1', "'－1"],
    ['＠SUM(A1)', "'＠SUM(A1)"],
    ["x;=cmd|'/c calc'!A1;y", "x;'=cmd|'/c calc'!A1;y"],
    ['x;  ＋1;-1\t@a', "x;'  ＋1;'-1\t'@a"],
    ['x;"=1;y', '"x;\'""=1;y"'],
    ['two\r\n=1', '"two\r\n\'=1"'],
    ['a;b; c=d;e-f', 'a;b; c=d;e-f'],
    ['=HYPERLINK("http://a.example","b")', '"\'=HYPERLINK(""http://a.example"",""b"")"'],
    ['', ''],
    [null, ''],
    [-5, '-5'],
    [true, 'true'],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
  ])('of %p is %p', (value, field) => expect(csvField(value)).toBe(field));

  it.each([',', ';', '\t'])('holds every text, and none of it is a formula where %p divides fields', (separator) => {
    const text = fc.string({
      unit: fc.oneof(fc.constantFrom(...'=+-@＝＋－＠;\t\r\n,"\' a'), fc.string({ unit: 'binary' })),
    });
    fc.assert(
      fc.property(fc.array(fc.array(text, { minLength: 2, maxLength: 4 }), { minLength: 1 }), (records) => {
        const csv = records.map(csvRecord).join('');
        for (const field of readCsv(csv, separator).flat()) expect(field).not.toMatch(FORMULA);
        const read = readCsv(csv, ',');
        expect(read.map((fields) => fields.map(withoutApostrophes))).toEqual(
          records.map((fields) => fields.map(withoutApostrophes)),
        );
      }),
      { numRuns: 2_000 },
    );
  });
});

/** What a spreadsheet may take for a formula: some take off white space before they look. */
const FORMULA = /^[ \t\r]*[=+\-@＝＋－＠]/;

/** What programs take off, and what nobody can tell from it because it was there before. */
function withoutApostrophes(text: string): string {
  return text.replace(/(^|[;\t\r\n])'+(?=[ "]*[=+\-@＝＋－＠]|[\t\r])/g, '$1');
}

/** Reads as spreadsheets do: a quotation mark means something where a field begins with it, and any line break there is ends a record. */
function readCsv(text: string, separator: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let field = '';
  let [isBegun, isQuoted] = [false, false];
  const end = () => {
    record.push(field);
    [field, isBegun] = ['', false];
  };
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (isQuoted) {
      if (char !== '"') field += char;
      else if (text[at + 1] === '"') field += text.charAt(++at);
      else isQuoted = false;
    } else if (char === separator) end();
    else if (char === '\r' || char === '\n') {
      if (char === '\r' && text[at + 1] === '\n') at++;
      end();
      records.push(record);
      record = [];
    } else if (char === '"' && !isBegun) [isBegun, isQuoted] = [true, true];
    else {
      field += char;
      isBegun = true;
    }
  }
  return records;
}
