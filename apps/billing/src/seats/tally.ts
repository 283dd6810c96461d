import { CAP_THRESHOLDS, type CapReached } from '#events/cap-reached.v1';
import type { SeatClass } from '../classes/seat-class.ts';
import { type PaidState, paidState, type RunningTerm, seatsOf } from '../terms/running-term.ts';
import type { TermSeats } from '../terms/term-seats.ts';

/** A tenant's projection of its ledger: seats in use after line `sequence`, how many of them are light, and its running term. */
export interface Balance {
  tenantId: string;
  inUse: number;
  light: number;
  sequence: number;
  /** null for a tenant without a plan */
  term: RunningTerm | null;
}

/** What a ledger line tells of its tenant's seats: the state after it. */
export interface Counted {
  /** contiguous from 1 per tenant */
  sequence: number;
  /** seats in use, and how many of them are light */
  inUse: number;
  light: number;
  /** null for a tenant without a plan */
  paid: (PaidState & { term: number }) | null;
}

/** A line as far as counting goes. */
export interface CountedLine {
  kind: 'occupied' | 'released' | 'class_changed' | 'adjusted';
  /** of the person's seat after the line; of a released one, the class it had */
  seatClass: SeatClass;
  /** after the line */
  occupied: boolean;
}

/** Counts one tenant's seats, line by line. */
export class Tally {
  private inUse: number;
  private light: number;
  private sequence: number;
  private readonly told: Set<number>;
  private changedClass = false;
  private readonly seats: TermSeats | null;

  constructor(private readonly before: Balance) {
    const { inUse, light, sequence, term } = before;
    this.inUse = inUse;
    this.light = light;
    this.sequence = sequence;
    this.told = new Set(term?.told);
    this.seats = term && seatsOf(term, { core: inUse - light, light });
  }

  get tenantId(): string {
    return this.before.tenantId;
  }

  /**
   * Counts what one line changes. A change of class frees a seat of one class and takes one of the other.
   *
   * @param at when it happened; the peak of the term is at no time outside of what of the term is over
   */
  add({ kind, seatClass, occupied }: CountedLine, at: Date, recordedAt: Date): Counted {
    this.sequence++;
    const moment = this.withinTerm(at, recordedAt);
    if (kind === 'class_changed') {
      this.changedClass = true;
      this.move(seatClass === 'light' ? 'core' : 'light', false, moment);
    }
    this.move(seatClass, occupied, moment);
    return this.counted();
  }

  /** The thresholds of the cap that the seats in use have come to and that this was not asked about in this term yet. */
  reached(): Omit<CapReached, 'recordedAt'>[] {
    const { inUse, sequence } = this;
    const { term } = this.before;
    if (!term || term.cap.kind === 'none') return [];
    const { seats, kind } = term.cap;
    const found = CAP_THRESHOLDS.filter((each) => !this.told.has(each) && inUse * 100 >= seats * each);
    for (const each of found) this.told.add(each);
    return found.map((threshold) => ({ threshold, seats, kind, inUse, term: term.number, sequence }));
  }

  balance(): Balance {
    const { inUse, light, sequence } = this;
    const { tenantId, term } = this.before;
    const now = this.seats && paidState(this.seats.now());
    const unsettled = this.changedClass ? { unsettled: true as const } : {};
    return { tenantId, inUse, light, sequence, term: term && { ...term, ...now, ...unsettled, told: [...this.told] } };
  }

  private move(seatClass: SeatClass, taken: boolean, at: number): void {
    const by = taken ? 1 : -1;
    this.inUse += by;
    if (seatClass === 'light') this.light += by;
    this.seats?.move(seatClass, taken, at);
  }

  private counted(): Counted {
    const { inUse, light, sequence } = this;
    const term = this.before.term?.number;
    const paid = this.seats && term ? { ...paidState(this.seats.now()), term } : null;
    return { sequence, inUse, light, paid };
  }

  private withinTerm(at: Date, recordedAt: Date): number {
    const start = Date.parse(this.before.term?.startsAt ?? '');
    return Math.max(start, Math.min(at.getTime(), recordedAt.getTime()));
  }
}
