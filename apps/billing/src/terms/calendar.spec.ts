import { describe, expect, it } from '@jest/globals';
import { dayOf, localDays, type Schedule, startOfLocalDay, type Term, termFrom } from './calendar.ts';

const HOUR_MS = 3_600_000;
const monthly = (anchorDay: number, timeZone = 'UTC'): Schedule => ({ every: 'month', anchorDay, timeZone });

/** The first days of the terms that follow each other from an instant. */
function firstDays(start: string, schedule: Schedule, count: number): string[] {
  const days: string[] = [];
  let term = termFrom(new Date(start), schedule);
  for (let index = 0; index < count; index++) {
    days.push(term.days[0] ?? '');
    term = termFrom(term.end, schedule);
  }
  return days;
}

function hours({ start, end }: Term): number {
  return (end.getTime() - start.getTime()) / HOUR_MS;
}

describe('terms', () => {
  it('with an anchor of 31 begin on the last day of a month that is shorter', () => {
    expect(firstDays('2027-12-31T00:00:00Z', monthly(31), 6)).toEqual([
      '2027-12-31',
      '2028-01-31',
      '2028-02-29',
      '2028-03-31',
      '2028-04-30',
      '2028-05-31',
    ]);
    expect(firstDays('2027-01-31T00:00:00Z', monthly(31), 2)).toEqual(['2027-01-31', '2027-02-28']);
  });

  it('of a year from a leap day begin on 28 February in other years', () => {
    const schedule: Schedule = { every: 'year', anchorMonth: 2, anchorDay: 29, timeZone: 'UTC' };
    expect(firstDays('2024-02-29T00:00:00Z', schedule, 5)).toEqual([
      '2024-02-29',
      '2025-02-28',
      '2026-02-28',
      '2027-02-28',
      '2028-02-29',
    ]);
    expect(termFrom(new Date('2027-02-28T00:00:00Z'), schedule).days).toHaveLength(366);
  });

  it('have 366 days in a year with a leap day', () => {
    const schedule: Schedule = { every: 'year', anchorMonth: 1, anchorDay: 1, timeZone: 'UTC' };
    expect(termFrom(new Date('2028-01-01T00:00:00Z'), schedule)).toMatchObject({ fullDays: 366 });
    expect(termFrom(new Date('2027-01-01T00:00:00Z'), schedule)).toMatchObject({ fullDays: 365 });
  });

  it('that lose an hour in spring and win one in autumn have as many days as the calendar', () => {
    const spring = termFrom(new Date('2026-02-28T23:00:00Z'), monthly(1, 'Europe/Berlin'));
    expect([spring.days.length, hours(spring)]).toEqual([31, 31 * 24 - 1]);
    const autumn = termFrom(new Date('2026-09-30T22:00:00Z'), monthly(1, 'Europe/Berlin'));
    expect([autumn.days.length, hours(autumn)]).toEqual([31, 31 * 24 + 1]);
  });

  it('begin when a day without a midnight begins', () => {
    // Cuba's clocks went from 0:00 to 1:00 on 8 March 2026
    const term = termFrom(new Date('2026-03-08T12:00:00Z'), monthly(8, 'America/Havana'));
    expect(startOfLocalDay(new Date('2026-03-08T12:00:00Z'), 'America/Havana').toISOString()).toBe(
      '2026-03-08T05:00:00.000Z',
    );
    expect(term.days[0]).toBe('2026-03-08');
  });

  it('that begin between two anchors know the days of the full period', () => {
    const term = termFrom(new Date('2026-01-15T00:00:00Z'), monthly(1));
    expect([term.days.length, term.fullDays, term.end.toISOString()]).toEqual([17, 31, '2026-02-01T00:00:00.000Z']);
  });

  it('leave no gap when the schedule changes', () => {
    const term = termFrom(new Date('2026-02-01T00:00:00Z'), monthly(20, 'America/New_York'));
    expect(term.start.toISOString()).toBe('2026-02-01T00:00:00.000Z');
    expect([term.days[0], term.end.toISOString()]).toEqual(['2026-02-01', '2026-02-20T05:00:00.000Z']);
  });

  it('know the local day of an instant, in days of 23 and 25 hours too', () => {
    const term = termFrom(new Date('2026-09-30T22:00:00Z'), monthly(1, 'Europe/Berlin'));
    const dayAt = (at: string) => term.days[dayOf(term, Date.parse(at))];
    expect(dayAt('2026-09-30T22:00:00Z')).toBe('2026-10-01');
    expect(dayAt('2026-10-24T21:59:59.999Z')).toBe('2026-10-24');
    expect(dayAt('2026-10-24T22:00:00Z')).toBe('2026-10-25');
    expect(dayAt('2026-10-25T22:59:59.999Z')).toBe('2026-10-25');
    expect(dayAt('2026-10-25T23:00:00Z')).toBe('2026-10-26');
    expect(dayAt('2026-10-31T22:59:59.999Z')).toBe('2026-10-31');
  });
});

describe('a term that begins in another zone than the last', () => {
  it.each([
    ['America/New_York', '2026-02-01', '2026-03-01T05:00:00.000Z'],
    ['Europe/Berlin', '2026-02-01', '2026-02-28T23:00:00.000Z'],
    ['Asia/Tokyo', '2026-02-01', '2026-02-28T15:00:00.000Z'],
  ])('has each calendar day once, as %s has them', (timeZone, first, end) => {
    const start = new Date('2026-02-01T00:00:00Z');
    const term = termFrom(start, { every: 'month', anchorDay: 1, timeZone });
    expect([term.days[0], term.days.length, term.fullDays]).toEqual([first, 28, 28]);
    expect([term.dayStarts[0], term.end.toISOString()]).toEqual([start.getTime(), end]);
  });
});

describe('the days of a zone', () => {
  it('follow each other without a gap, also over changes of the clock', () => {
    for (const timeZone of ['UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'America/Havana', 'Africa/Cairo']) {
      const days = localDays('2025-01-01', '2025-12-31', timeZone);
      expect(days).toHaveLength(365);
      for (const [index, { start }] of days.entries()) {
        if (index > 0) expect(start).toEqual(days[index - 1]?.end);
        expect(start.getTime() % (HOUR_MS / 4)).toBe(0);
      }
    }
  });

  it('may have 23 or 25 hours', () => {
    const lengths = ['2025-03-30', '2025-10-26'].map((day) => {
      const [only] = localDays(day, day, 'Europe/Berlin');
      return only && (only.end.getTime() - only.start.getTime()) / HOUR_MS;
    });
    expect(lengths).toEqual([23, 25]);
  });
});
