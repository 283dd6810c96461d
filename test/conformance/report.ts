import type { Outcome } from './run.ts';

export interface Report {
  passed: number;
  failed: number;
  outcomes: Outcome[];
}

export function reportOf(outcomes: Outcome[]): Report {
  const count = (result: Outcome['result']) => outcomes.filter((outcome) => outcome.result === result).length;
  return { passed: count('passed'), failed: count('failed'), outcomes };
}

/** The table by section, and every failed case with what was expected and what came. */
export function readable({ outcomes, ...total }: Report): string {
  const sections = [...new Set(outcomes.map(({ section }) => section))];
  const lines = sections.map((section) => {
    const counts = reportOf(outcomes.filter((outcome) => outcome.section === section));
    return row(section, counts);
  });
  const failed = outcomes.filter(({ result }) => result === 'failed');
  return [
    `${'section'.padEnd(WIDTH)}${'passed'.padStart(8)}${'failed'.padStart(8)}`,
    ...lines,
    row('all', total),
    ...failed.map(({ section, name, problem }) => `\nFAILED  ${section}: ${name}\n${indented(problem ?? '')}`),
  ].join('\n');
}

const WIDTH = 46;

function row(name: string, { passed, failed }: Omit<Report, 'outcomes'>): string {
  return `${name.padEnd(WIDTH)}${String(passed).padStart(8)}${String(failed).padStart(8)}`;
}

function indented(text: string): string {
  return text.replace(/^/gm, '        ');
}
