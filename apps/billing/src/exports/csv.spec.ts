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
    ['\t=1', "'\t=1"],
    ['\r=1', '"\'\r=1"'],
    ['=HYPERLINK("http://a.example","b")', '"\'=HYPERLINK(""http://a.example"",""b"")"'],
    ['', ''],
    [null, ''],
    [-5, '-5'],
    [true, 'true'],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
  ])('of %p is %p', (value, field) => expect(csvField(value)).toBe(field));

  it('holds every text, and none of it is a formula', () => {
    const text = fc.string({ unit: fc.oneof(fc.constantFrom(...'=+-@\t\r\n,"\' a'), fc.string({ unit: 'binary' })) });
    fc.assert(
      fc.property(fc.array(fc.array(text, { minLength: 2, maxLength: 4 }), { minLength: 1 }), (records) => {
        const read = readCsv(records.map(csvRecord).join(''));
        expect(read).toHaveLength(records.length);
        for (const [index, fields] of read.entries()) {
          for (const field of fields) expect(field).not.toMatch(/^[=+\-@\t\r]/);
          const given = records[index] ?? [];
          expect(fields.map((field, at) => (field === given[at] ? field : field.replace(/^'/, '')))).toEqual(given);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

/** A reader of RFC 4180 by its grammar, character by character. */
function readCsv(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let field = '';
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (quoted) {
      if (char !== '"') field += char;
      else if (text[at + 1] === '"') field += text.charAt(++at);
      else quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === ',') {
      record.push(field);
      field = '';
    } else if (char === '\r' && text[at + 1] === '\n') {
      records.push([...record, field]);
      record = [];
      field = '';
      at++;
    } else field += char;
  }
  return records;
}
