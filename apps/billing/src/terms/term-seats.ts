import type { PerClass, Plan, SeatClass } from './plan.ts';

/** The most that was in use at once, and when. */
export interface HighWater {
  seats: PerClass;
  at: Date;
}

/** What a term has come to by a moment. */
export interface SeatState {
  inUse: PerClass;
  /** paid for until the term ends */
  purchased: PerClass;
  /** paid for and not in use */
  available: PerClass;
  peak: HighWater;
}

const NONE: Readonly<PerClass> = { core: 0, light: 0 };

/**
 * A term's seats, movement by movement: what is purchased and available by the plan's policy, and the high-water mark. The
 * mark is the first moment at which the seats in use would cost the most; of moments that cost the same, one with more seats.
 * It is one moment for all classes, so that whoever changes class is never in it twice.
 */
export class TermSeats {
  private readonly state: SeatState;
  /** movements so far, and how many of them led to the peak */
  private moved = 0;
  private movedToPeak = 0;

  constructor(
    private readonly plan: Pick<Plan, 'policy' | 'prices'>,
    state: SeatState,
  ) {
    this.state = copyOf(state);
  }

  /** A term that begins with these seats: each of them is paid for. */
  static opening(plan: Pick<Plan, 'policy' | 'prices'>, inUse: PerClass, start: Date): TermSeats {
    return new TermSeats(plan, { inUse, purchased: inUse, available: NONE, peak: { seats: inUse, at: start } });
  }

  /** How many movements led to the peak. */
  get peakAfter(): number {
    return this.movedToPeak;
  }

  /** @returns whether a seat had to be purchased that was not there before */
  move(seatClass: SeatClass, taken: boolean, at: number): boolean {
    const { state } = this;
    this.moved++;
    state.inUse[seatClass] += taken ? 1 : -1;
    if (taken && this.isPeak()) {
      state.peak = { seats: { ...state.inUse }, at: new Date(at) };
      this.movedToPeak = this.moved;
    }
    return this.buy(seatClass, taken);
  }

  now(): SeatState {
    return copyOf(this.state);
  }

  private buy(seatClass: SeatClass, taken: boolean): boolean {
    const { inUse, purchased, available, peak } = this.state;
    if (this.plan.policy === 'available_seats') {
      if (taken && available[seatClass] === 0) {
        purchased[seatClass]++;
        return true;
      }
      available[seatClass] += taken ? -1 : 1;
      return false;
    }
    const paid = this.plan.policy === 'peak' ? peak.seats : inUse;
    const isMore = paid[seatClass] > purchased[seatClass];
    for (const each of ['core', 'light'] as const) {
      purchased[each] = paid[each];
      available[each] = Math.max(0, paid[each] - inUse[each]);
    }
    return isMore;
  }

  private isPeak(): boolean {
    const { inUse, peak } = this.state;
    const { prices } = this.plan;
    const dearer = value(inUse, prices) - value(peak.seats, prices);
    return dearer > 0 || (dearer === 0 && inUse.core + inUse.light > peak.seats.core + peak.seats.light);
  }
}

function value({ core, light }: PerClass, prices: PerClass): number {
  return core * prices.core + light * prices.light;
}

function copyOf({ inUse, purchased, available, peak }: SeatState): SeatState {
  return {
    inUse: { ...inUse },
    purchased: { ...purchased },
    available: { ...available },
    peak: { seats: { ...peak.seats }, at: peak.at },
  };
}
