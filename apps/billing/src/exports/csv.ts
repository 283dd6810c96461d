/** A spreadsheet takes a cell that begins so for a formula, whatever quotes are around it. */
const FORMULA = /^[=+\-@\t\r]/;
const QUOTED = /[",\r\n]/;

/**
 * A value as a field of RFC 4180. A text that a spreadsheet would take for a formula gets an apostrophe before it, which
 * spreadsheets hide and programs have to take off.
 */
export function csvField(value: string | number | boolean | Date | null): string {
  if (value === null) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = value instanceof Date ? value.toISOString() : FORMULA.test(value) ? `'${value}` : value;
  return QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A record with its line break, CRLF. */
export function csvRecord(values: Parameters<typeof csvField>[0][]): string {
  return `${values.map(csvField).join(',')}\r\n`;
}
