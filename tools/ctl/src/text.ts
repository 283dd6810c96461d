/** One column of a table: its heading and what it shows of a row. */
export type Column<T> = readonly [heading: string, cell: (row: T) => unknown];

const GAP = '  ';

/** Characters that would steer the terminal or change how a line reads. Names come from identity providers. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** A value as one line of text that a terminal shows as it is. */
export function plain(value: unknown): string {
  return String(value ?? '')
    .replace(/[\t\r\n]+/g, ' ')
    .replace(UNPRINTABLE, '\uFFFD');
}

/** Rows under their headings, or `none` when there are no rows. */
export function table<T>(rows: readonly T[], columns: readonly Column<T>[], none: string): string {
  if (rows.length === 0) return none;
  return aligned([
    columns.map(([heading]) => heading),
    ...rows.map((row) => columns.map(([, cell]) => plain(cell(row)))),
  ]);
}

/** Lines of cells, padded so that they stand under each other. */
export function aligned(lines: readonly (readonly string[])[], indent = ''): string {
  const widths: number[] = [];
  for (const line of lines) {
    line.forEach((cell, at) => {
      widths[at] = Math.max(widths[at] ?? 0, width(cell));
    });
  }
  const pad = (cell: string, at: number) => cell + ' '.repeat((widths[at] ?? 0) - width(cell));
  return lines.map((line) => `${indent}${line.map(pad).join(GAP)}`.trimEnd()).join('\n');
}

function width(text: string): number {
  return [...text].length;
}

export function yesNo(value: boolean): string {
  return value ? 'yes' : 'no';
}

export function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
