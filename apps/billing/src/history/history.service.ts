import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { SeatCount } from '#billing-api/billing';
import { Clock } from '#runtime/clock';
import { Problem } from '../problem/problem.ts';
import { localDays } from '../terms/calendar.ts';
import type { DayRange, PeopleQuery } from './history-query.ts';
import {
  type ChangedDay,
  changedAtStart,
  changedDays,
  type Known,
  type Level,
  levelAt,
  type Occupant,
  occupants,
  reckon,
  reckonedThrough,
} from './history-rows.ts';

/** A calendar day of a zone. */
export interface SeatDay {
  /** `YYYY-MM-DD` */
  day: string;
  /** at its end; of today, now */
  inUse: number;
  inUseCore: number;
  inUseLight: number;
  /** the most at once */
  peak: number;
  /** when that was reached; null when the day began with it */
  peakAt: Date | null;
}

export interface SeatPeak {
  from: string;
  to: string;
  peak: number;
  at: Date;
  /** the last ledger line of that moment; null when a day began with it */
  sequence: number | null;
  people: Occupant[];
  /** what to ask for next with `after`; null when there are no more */
  next: string | null;
}

/** Seats in use at an instant. What a term had come to then is in the ledger's lines. */
export type PastSeatCount = Pick<SeatCount, 'tenantId' | 'inUse' | 'inUseCore' | 'inUseLight' | 'sequence' | 'asOf'>;

/** What was, by the time at which it happened and not at which it was learned of. */
@Injectable()
export class HistoryService {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Seats in use at an instant, as the ledger tells it today: what was learned of later is counted where it happened.
   *
   * @throws Problem 400 for an instant that is yet to come
   */
  async at(tenantId: string, at: Date): Promise<PastSeatCount> {
    if (at > this.clock.now())
      throw new Problem(400, 'The instant in at is yet to come. Give a past one, or none for now.');
    return this.read(tenantId, async (tx, known) => {
      const level = await levelAt(tx, known, at);
      return { tenantId, ...byClass(level), sequence: known.through, asOf: at.toISOString() };
    });
  }

  async daily(tenantId: string, range: DayRange): Promise<SeatDay[]> {
    const days = await this.read(tenantId, (tx, known) => levels(tx, known, range));
    return days.map(({ day, end, peak, high }) => ({ day, ...byClass(end), peak, peakAt: high?.highAt ?? null }));
  }

  /** The most seats at once in some days, when that was first reached, and who had them. */
  peak(tenantId: string, range: DayRange, page: PeopleQuery): Promise<SeatPeak> {
    return this.read(tenantId, (tx, known) => peakOf(tx, known, range, page));
  }

  /** Reads quarters and lines as they are at one moment, and up to one line: others go on writing both. */
  private async read<T>(tenantId: string, work: (tx: EntityManager, known: Known) => Promise<T>): Promise<T> {
    await reckon(this.dataSource.manager, tenantId);
    return this.dataSource.transaction('REPEATABLE READ', async (tx) => {
      await tx.query('SET TRANSACTION READ ONLY');
      return work(tx, { tenantId, through: await reckonedThrough(tx, tenantId) });
    });
  }
}

async function peakOf(tx: EntityManager, known: Known, range: DayRange, page: PeopleQuery): Promise<SeatPeak> {
  const days = await levels(tx, known, range);
  const { peak, high, start } = days.reduce((best, each) => (each.peak > best.peak ? each : best));
  const moment = high
    ? { at: high.highAt, sequence: high.highSequence }
    : { at: start, sequence: Number.MAX_SAFE_INTEGER };
  const people = await occupants(tx, known, moment, { after: page.after, limit: page.limit + 1 });
  const shown = people.slice(0, page.limit);
  return {
    from: range.from,
    to: range.to,
    peak,
    at: high?.highAt ?? start,
    sequence: high ? Number(high.highSequence) : null,
    people: shown,
    next: people.length > page.limit ? (shown.at(-1)?.userId ?? null) : null,
  };
}

/** A day with the seats in use at its end, and the most at once; `high` when that was more than the day began with. */
interface DayLevels {
  day: string;
  start: Date;
  end: Level;
  peak: number;
  high: ChangedDay | undefined;
}

async function levels(tx: EntityManager, known: Known, { from, to, timeZone }: DayRange): Promise<DayLevels[]> {
  const days = localDays(from, to, timeZone);
  const [first] = days;
  if (!first) return [];
  const changed = new Map((await changedDays(tx, known.tenantId, days)).map((each) => [each.index, each]));
  const atStart = await changedAtStart(
    tx,
    known,
    days.map(({ start }) => start),
  );
  let level = await levelAt(tx, known, new Date(first.start.getTime() - 1));
  return days.map(({ day, start }, index) => {
    const change = changed.get(index);
    const began = atStart[index] ?? 0;
    const high = change && change.high > began ? change : undefined;
    const peak = level.inUse + (high?.high ?? began);
    if (change) level = { inUse: level.inUse + change.net, light: level.light + change.light };
    return { day, start, end: level, peak, high };
  });
}

/** Two lines of a person whose clocks differ may change class before the seat is taken: no class has more or fewer seats than there are. */
function byClass({ inUse, light }: Level) {
  const inUseLight = Math.max(0, Math.min(light, inUse));
  return { inUse, inUseCore: inUse - inUseLight, inUseLight };
}
