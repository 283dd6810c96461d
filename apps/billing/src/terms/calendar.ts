import { Temporal } from 'temporal-polyfill';

/** The part of a plan that says where terms begin and end. */
export interface Schedule {
  every: 'month' | 'year';
  anchorDay: number;
  anchorMonth?: number;
  timeZone: string;
}

/** A stretch of time that is billed at once: [start, end), told in instants and in local calendar days. */
export interface Term {
  start: Date;
  end: Date;
  /** local, such as 2026-01-31; the first is that of `start`. As many as the term has days */
  days: string[];
  /** when each of the days begins, milliseconds since 1970; a day may have 23 or 25 hours */
  dayStarts: number[];
  /** days of the full period from anchor to anchor: more than `days` in a first term that begins between two anchors */
  fullDays: number;
}

/** Temporal takes offsets such as +01:00 for zones as well; a zone here has a name, and the rules of its place. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Z]/i.test(name)) return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}

/** Days of a month in the year when it has most. */
export function longestMonth(month: number): number {
  return Temporal.PlainYearMonth.from({ year: 2024, month }).daysInMonth;
}

/**
 * The term that begins at an instant and ends where the schedule's next anchor begins. Terms that follow each other leave
 * no gap, also when the schedule changes between them: the next one begins where the last one ended. In another zone that is in
 * the middle of a day, which counts here if more of it is here than there.
 */
export function termFrom(start: Date, schedule: Schedule): Term {
  const first = nearestDay(start, schedule.timeZone);
  const { previous, next } = anchorsAround(first, schedule);
  const dates = datesBetween(first, next);
  const dayStarts = dates.map((date) => startOf(date, schedule.timeZone).getTime());
  dayStarts[0] = start.getTime();
  return {
    start,
    end: startOf(next, schedule.timeZone),
    days: dates.map(String),
    dayStarts,
    fullDays: previous.until(next, { largestUnit: 'day' }).days,
  };
}

/** Where the local day of an instant begins: a tenant's first term starts there. Not midnight where that day has none. */
export function startOfLocalDay(at: Date, timeZone: string): Date {
  return startOf(localDay(at, timeZone), timeZone);
}

/** The calendar days of a zone from one to another, both included, each [start, end). @param from `YYYY-MM-DD` */
export function localDays(from: string, to: string, timeZone: string): { day: string; start: Date; end: Date }[] {
  const after = Temporal.PlainDate.from(to).add({ days: 1 });
  return datesBetween(Temporal.PlainDate.from(from), after).map((date) => ({
    day: date.toString(),
    start: startOf(date, timeZone),
    end: startOf(date.add({ days: 1 }), timeZone),
  }));
}

/** Whether two instants are of one calendar day in the zone. */
export function sameLocalDay(one: number, other: number, timeZone: string): boolean {
  return localDay(new Date(one), timeZone).equals(localDay(new Date(other), timeZone));
}

/** Index of the term's day that an instant of it falls on. */
export function dayOf(term: Term, at: number): number {
  let low = 0;
  let high = term.dayStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((term.dayStarts[middle] ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The first day of the term that begins at an instant or after it; one past the last for an instant of the last day. */
export function dayFrom(term: Term, at: number): number {
  const day = dayOf(term, at);
  return term.dayStarts[day] === at ? day : day + 1;
}

function anchorsAround(day: Temporal.PlainDate, schedule: Schedule) {
  const period = schedule.every === 'month' ? { months: 1 } : { years: 1 };
  let month = Temporal.PlainYearMonth.from({
    year: day.year,
    month: schedule.every === 'month' ? day.month : (schedule.anchorMonth ?? 1),
  });
  if (Temporal.PlainDate.compare(anchorIn(month, schedule.anchorDay), day) > 0) month = month.subtract(period);
  return { previous: anchorIn(month, schedule.anchorDay), next: anchorIn(month.add(period), schedule.anchorDay) };
}

/** A month that is too short for the anchor has it on its last day. */
function anchorIn(month: Temporal.PlainYearMonth, day: number): Temporal.PlainDate {
  return month.toPlainDate({ day: Math.min(day, month.daysInMonth) });
}

function datesBetween(first: Temporal.PlainDate, end: Temporal.PlainDate): Temporal.PlainDate[] {
  const count = first.until(end, { largestUnit: 'day' }).days;
  return Array.from({ length: count }, (_, days) => first.add({ days }));
}

function localDay(at: Date, timeZone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(timeZone).toPlainDate();
}

/** The local day that begins nearest to an instant. */
function nearestDay(at: Date, timeZone: string): Temporal.PlainDate {
  const day = localDay(at, timeZone);
  const next = day.add({ days: 1 });
  const [since, until] = [
    at.getTime() - startOf(day, timeZone).getTime(),
    startOf(next, timeZone).getTime() - at.getTime(),
  ];
  return until < since ? next : day;
}

function startOf(date: Temporal.PlainDate, timeZone: string): Date {
  return new Date(date.toZonedDateTime(timeZone).epochMilliseconds);
}
