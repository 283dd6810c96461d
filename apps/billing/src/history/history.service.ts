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

/** Why somebody is billed, from the line that decided it back to the request that caused it. */
export interface Why {
  tenantId: string;
  userId: string;
  /** as the person is called now */
  userName: string;
  /** takes a seat now */
  occupied: boolean;
  since: Date;
  /** from the SCIM request to the seat: what caused the next */
  chain: WhyStep[];
  /** all lines of the person, the newest first, 100 at most */
  lines: WhyLine[];
}

export type WhyStep =
  | { step: 'scim_request'; requestId: string; actor: string }
  | { step: 'command'; commandId: string }
  | { step: 'directory_event'; eventId: string; eventType: string }
  | { step: 'ledger_line'; sequence: number; kind: string; effectiveAt: Date; recordedAt: Date }
  | { step: 'seat'; occupied: boolean; since: Date };

export interface WhyLine {
  sequence: number;
  kind: string;
  effectiveAt: Date;
  recordedAt: Date;
  inUse: number;
  eventId: string;
  eventType: string;
  commandId: string;
  requestId: string;
  actor: string;
}

const NO_PERSON = 'Billing has never seen a person of this id in the tenant.';
const LINES = 100;

/** Seats in use at an instant; how many of each class is told of now alone. */
export type PastSeatCount = Omit<SeatCount, 'inUseCore' | 'inUseLight'>;

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

  /** @throws Problem 404 for somebody who never was a user of the tenant */
  async why(tenantId: string, userId: string): Promise<Why> {
    const [seat] = await this.dataSource.query(
      'SELECT user_name AS "userName", occupied, since FROM seat WHERE tenant_id = $1 AND user_id = $2',
      [tenantId, userId],
    );
    if (!seat) throw new Problem(404, NO_PERSON);
    const rows: (Omit<WhyLine, 'sequence'> & { sequence: string })[] = await this.dataSource.query(
      `SELECT sequence, kind, effective_at AS "effectiveAt", recorded_at AS "recordedAt", in_use AS "inUse",
              event_id AS "eventId", event_type AS "eventType", command_id AS "commandId", request_id AS "requestId", actor
       FROM ledger_line WHERE tenant_id = $1 AND user_id = $2 ORDER BY sequence DESC LIMIT ${LINES}`,
      [tenantId, userId],
    );
    const lines = rows.map((row) => ({ ...row, sequence: Number(row.sequence) }));
    const { userName, occupied, since } = seat;
    return { tenantId, userId, userName, occupied, since, chain: chainOf(lines[0], { occupied, since }), lines };
  }
}

/** Somebody who was never active has a seat that was never taken, and no line that says why. */
function chainOf(line: WhyLine | undefined, seat: { occupied: boolean; since: Date }): WhyStep[] {
  if (!line) return [{ step: 'seat', ...seat }];
  const { requestId, actor, commandId, eventId, eventType, sequence, kind, effectiveAt, recordedAt } = line;
  return [
    { step: 'scim_request', requestId, actor },
    { step: 'command', commandId },
    { step: 'directory_event', eventId, eventType },
    { step: 'ledger_line', sequence, kind, effectiveAt, recordedAt },
    { step: 'seat', ...seat },
  ];
}
