import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { SeatCount } from '#billing-api/billing';
import { Clock } from '#runtime/clock';
import { Problem } from '../problem/problem.ts';
import type { PeopleQuery } from './history-query.ts';
import { days, inUseAt, type Occupant, occupants, reckon } from './history-rows.ts';

/** A day, UTC. */
export interface SeatDay {
  /** `YYYY-MM-DD` */
  day: string;
  /** at its end; of today, now */
  inUse: number;
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
  /** the ledger line that made it; null when the first day began with it */
  sequence: number | null;
  people: Occupant[];
  /** what to ask for next with `after`; null when there are no more */
  next: string | null;
}

/** Seats in use at an instant; how many of each class is told of now alone. */
export type PastSeatCount = Pick<SeatCount, 'tenantId' | 'inUse' | 'sequence' | 'asOf'>;

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
    const sequence = await reckon(this.dataSource.manager, tenantId);
    const inUse = await inUseAt(this.dataSource.manager, tenantId, at);
    return { tenantId, inUse, sequence, asOf: at.toISOString() };
  }

  async daily(tenantId: string, { from, to }: { from: string; to: string }): Promise<SeatDay[]> {
    await reckon(this.dataSource.manager, tenantId);
    const rows = await days(this.dataSource.manager, tenantId, from, to);
    return rows.map(({ day, inUse, peak, peakAt }) => ({ day, inUse, peak, peakAt }));
  }

  /** The most seats at once in some days, when that was first reached, and who had them. */
  async peak(tenantId: string, range: { from: string; to: string }, page: PeopleQuery): Promise<SeatPeak> {
    const tx = this.dataSource.manager;
    await reckon(tx, tenantId);
    const rows = await days(tx, tenantId, range.from, range.to);
    const highest = rows.reduce((best, each) => (each.peak > best.peak ? each : best));
    // A day that began with the peak and is the first of the highest is the first of the range.
    const start = new Date(`${range.from}T00:00:00.000Z`);
    const moment = highest.peakAt
      ? { at: highest.peakAt, sequence: highest.peakSequence ?? 0 }
      : { at: new Date(start.getTime() - 1), sequence: Number.MAX_SAFE_INTEGER };
    const people = await occupants(tx, tenantId, moment, { after: page.after, limit: page.limit + 1 });
    const shown = people.slice(0, page.limit);
    return {
      ...range,
      peak: highest.peak,
      at: highest.peakAt ?? start,
      sequence: highest.peakSequence === null ? null : Number(highest.peakSequence),
      people: shown,
      next: people.length > page.limit ? (shown.at(-1)?.userId ?? null) : null,
    };
  }
}
