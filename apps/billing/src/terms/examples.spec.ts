import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { Temporal } from 'temporal-polyfill';
import { billOf } from '../../test/bill-of.ts';
import { termFrom } from './calendar.ts';
import { decimal, sum } from './money.ts';
import { readPlan } from './plan.ts';
import type { SeatFact } from './stays.ts';

/** The worked examples of docs/billing.md: what stands there is calculated here, cell by cell. */
const DOCUMENT = fileURLToPath(new URL('../../../../docs/billing.md', import.meta.url));

const KIND = { joins: 'occupied', leaves: 'released', 'changes to': 'class_changed' } as const;

interface Example {
  title: string;
  plan: unknown;
  starts: string;
  facts: string[][];
  lines: string[][];
  result: string[][];
}

function examples(): Example[] {
  const sections = readFileSync(DOCUMENT, 'utf8')
    .split(/^### Example: /m)
    .slice(1);
  return sections.map((section) => {
    const [title = ''] = section.split('\n');
    const json = /```json\n([\s\S]*?)```/.exec(section)?.[1] ?? '';
    const starts = /The term begins on (\d{4}-\d\d-\d\d)/.exec(section)?.[1] ?? '';
    const [facts = [], lines = [], result = []] = tables(section);
    return { title, plan: JSON.parse(json), starts, facts, lines, result };
  });
}

/** The body of each table, as cells. */
function tables(section: string): string[][][] {
  return [...section.matchAll(/(?:^\|.*\|\n)+/gm)].map(([table]) =>
    table
      .trim()
      .split('\n')
      .slice(2)
      .map((row) =>
        row
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      ),
  );
}

const all = examples();

describe('the worked examples', () => {
  it('cover every policy', () => {
    const policies = new Set(all.map(({ plan }) => readPlan(plan).policy));
    expect(policies).toEqual(new Set(['available_seats', 'prorate_and_credit', 'peak']));
  });

  it.each(all)('$title', ({ plan: json, starts, facts, lines, result }) => {
    const plan = readPlan(json);
    const instant = (local: string) => {
      return Temporal.PlainDateTime.from(local.replace(' ', 'T')).toZonedDateTime(plan.timeZone).epochMilliseconds;
    };
    const seatFacts = facts.map(([sequence, when = '', userId = '', what = '', seatClass]) => {
      const kind = KIND[what as keyof typeof KIND];
      return { sequence: Number(sequence), userId, kind, seatClass, at: instant(when) } as SeatFact;
    });
    const term = termFrom(new Date(instant(`${starts} 00:00`)), plan);
    const bill = billOf({ plan, term, facts: seatFacts });
    const told = [...bill.lines()];
    const { purchased, available, inUse, peak } = bill.seats();

    const calculated = told.map((line) => [
      line.kind,
      line.userId,
      line.seatClass,
      term.days[line.day] ?? '',
      `${line.days} of ${line.fullDays}`,
      decimal(BigInt(line.price), plan.currency),
      decimal(line.amount, plan.currency),
      String(line.ledgerLine),
    ]);
    const total = sum(
      told.map(({ amount }) => amount),
      plan.currency,
    );
    calculated.push(['total', '', '', '', '', '', decimal(total, plan.currency), '']);
    expect(lines).toEqual(calculated);

    const at = Temporal.Instant.fromEpochMilliseconds(peak.at.getTime()).toZonedDateTimeISO(plan.timeZone);
    const moment = at.toPlainDateTime().toString({ smallestUnit: 'minute' }).replace('T', ' ');
    expect(result).toEqual([
      ['purchased', String(purchased.core), String(purchased.light)],
      ['available', String(available.core), String(available.light)],
      ['in use', String(inUse.core), String(inUse.light)],
      [`peak, ${moment}`, String(peak.seats.core), String(peak.seats.light)],
    ]);
  });
});
