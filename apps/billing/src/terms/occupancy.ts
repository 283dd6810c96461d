import type { Term } from './calendar.ts';
import { Movements } from './movements.ts';
import type { PerClass } from './plan.ts';
import type { Stay } from './stays.ts';

/** What a term is billed by: who was in a seat as it began, since when, and what happened in it. */
export class Occupancy {
  readonly opening = new Movements();
  readonly movements = new Movements();
  readonly inUseAtStart: PerClass = { core: 0, light: 0 };
  private readonly start: number;
  private readonly end: number;

  constructor({ start, end }: Pick<Term, 'start' | 'end'>) {
    this.start = start.getTime();
    this.end = end.getTime();
  }

  /** Takes what of a stay the term has part in. */
  add({ userId, seatClass, from, fromLine, to, toLine }: Stay): void {
    const { start, end } = this;
    if (from >= end || (from < start && to <= start)) return;
    const began = { userId, seatClass, at: from, line: fromLine, taken: true };
    if (from < start) {
      this.opening.add(began);
      this.inUseAtStart[seatClass]++;
    } else this.movements.add(began);
    if (toLine !== undefined && to < end) {
      this.movements.add({ userId, seatClass, at: to, line: toLine, taken: false });
    }
  }
}
