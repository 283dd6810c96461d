/**
 * Before what a spreadsheet takes for a formula, whatever spaces and quotes are around it. A cell begins within a field, too: where
 * a semicolon or a tab divides fields, as in German Excel, quotes in the middle of a cell mean nothing, and a line break ends the row.
 */
const FORMULA = /^(?=[\t\r])|(?<=^|[;\t\r\n])(?=[ "]*[=+\-@＝＋－＠])/g;
const QUOTED = /[",\r\n]/;

/**
 * A value as a field of RFC 4180. What a spreadsheet would take for a formula, in a text, gets an apostrophe before it, which
 * spreadsheets hide and programs have to take off.
 */
export function csvField(value: string | number | boolean | Date | null): string {
  if (value === null) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = value instanceof Date ? value.toISOString() : value.replace(FORMULA, "'");
  return QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A record with its line break, CRLF. */
export function csvRecord(values: Parameters<typeof csvField>[0][]): string {
  return `${values.map(csvField).join(',')}\r\n`;
}
