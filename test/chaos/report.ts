import type { RoundReport } from './run.ts';

const HEADS = ['fault', 'requests', 'acknowledged', 'unknown', 'lost, wrong or twice', 'recovery', 'drained'];

/** The rounds as a table, and below it what went wrong, with what the services logged as errors. `unknown` are requests without an answer but 503. */
export function readable(reports: readonly RoundReport[]): string {
  const rows = reports.map((report) => [report.fault, ...cells(report)]);
  const widths = HEADS.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  const wrong = reports
    .filter(({ findings }) => findings.length > 0)
    .flatMap(({ fault, findings, errors }) => [
      ...findings.flatMap(({ invariant, problems }) => [
        `${fault}: ${invariant}`,
        ...problems.map((each) => `  ${each}`),
      ]),
      ...errors.map((each) => `  logged: ${each}`),
    ]);
  return [line(HEADS), ...rows.map(line), ...(wrong.length > 0 ? ['', ...wrong] : [])].join('\n');
}

function cells({ skipped, tally, recoveryMs, drainMs, findings }: RoundReport): string[] {
  if (skipped !== undefined) return ['left out:', skipped, '', '', '', ''];
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
  return [
    String(tally.sent),
    String(tally.acknowledged),
    String(tally.unknown),
    String(findings.flatMap(({ problems }) => problems).length),
    seconds(recoveryMs),
    seconds(drainMs),
  ];
}

export function failed(reports: readonly RoundReport[]): boolean {
  return reports.some(({ findings }) => findings.length > 0);
}
