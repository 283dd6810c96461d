import { pending } from './pending.ts';
import type { Outcome } from './run.ts';

export interface Report {
  passed: number;
  failed: number;
  pending: number;
  outcomes: Outcome[];
}

export function reportOf(outcomes: Outcome[]): Report {
  const count = (result: Outcome['result']) => outcomes.filter((outcome) => outcome.result === result).length;
  return { passed: count('passed'), failed: count('failed'), pending: count('pending'), outcomes };
}

/** The table by section, what is pending, and every failed case with what was expected and what came. */
export function readable({ outcomes, ...total }: Report): string {
  const sections = [...new Set(outcomes.map(({ section }) => section))];
  const lines = sections.map((section) => {
    const counts = reportOf(outcomes.filter((outcome) => outcome.section === section));
    return row(section, counts);
  });
  const failed = outcomes.filter(({ result }) => result === 'failed');
  return [
    `${'section'.padEnd(WIDTH)}${'passed'.padStart(8)}${'failed'.padStart(8)}${'pending'.padStart(9)}`,
    ...lines,
    row('all', total),
    ...pendingLines(outcomes),
    ...failed.map(({ section, name, problem }) => `\nFAILED  ${section}: ${name}\n${indented(problem ?? '')}`),
  ].join('\n');
}

const WIDTH = 46;

function row(name: string, { passed, failed, pending: waiting }: Omit<Report, 'outcomes'>): string {
  return `${name.padEnd(WIDTH)}${String(passed).padStart(8)}${String(failed).padStart(8)}${String(waiting).padStart(9)}`;
}

function pendingLines(outcomes: readonly Outcome[]): string[] {
  const waiting = outcomes.filter(({ result }) => result === 'pending');
  if (waiting.length === 0) return [];
  const already = waiting.filter(({ problem }) => problem === undefined).length;
  const reasons = Object.entries(pending).map(([feature, reason]) => `  ${feature}: ${reason}`);
  return ['', `Pending, not counted as passed (${already} of ${waiting.length} would pass):`, ...reasons];
}

function indented(text: string): string {
  return text.replace(/^/gm, '        ');
}
