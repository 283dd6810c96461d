import { sameLocalDay, type Term } from './calendar.ts';
import type { Plan, SeatClass } from './plan.ts';

/** A ledger line as far as billing by term goes. */
export interface SeatFact {
  /** of the ledger line */
  sequence: number;
  userId: string;
  kind: 'occupied' | 'released' | 'class_changed';
  /** after the line */
  seatClass: SeatClass;
  /** when it took effect, milliseconds since 1970 */
  at: number;
}

/** A person in a seat of one class, [from, to), with the ledger lines that say so. */
export interface Stay {
  userId: string;
  seatClass: SeatClass;
  from: number;
  fromLine: number;
  /** Infinity while it lasts */
  to: number;
  toLine?: number;
}

/** One seat taken or freed during a term. */
export interface Movement {
  userId: string;
  seatClass: SeatClass;
  at: number;
  line: number;
  taken: boolean;
}

/** What a term is billed by: who was in a seat as it began, and what happened in it, in order. */
export interface Occupancy {
  opening: Stay[];
  movements: Movement[];
}

const HOUR_MS = 3_600_000;
/** No local day is longer. */
const LONGEST_DAY_MS = 26 * HOUR_MS;

/**
 * Who was in a seat, when. A person's facts follow each other as the ledger has them: one that claims an earlier time than
 * the one before it takes effect with that one (two writers' clocks differ). A fact that changes nothing means nothing.
 * Whoever leaves and returns within the plan's grace never left.
 *
 * @param facts in the order of their sequence
 */
export function staysOf(facts: readonly SeatFact[], plan: Pick<Plan, 'grace' | 'timeZone'>): Stay[] {
  const last = new Map<string, Stay>();
  const stays: Stay[] = [];
  const begin = ({ userId, seatClass, sequence }: SeatFact, at: number) => {
    const stay: Stay = { userId, seatClass, from: at, fromLine: sequence, to: Number.POSITIVE_INFINITY };
    last.set(userId, stay);
    stays.push(stay);
  };
  const end = (stay: Stay, { sequence }: SeatFact, at: number) => {
    stay.to = at;
    stay.toLine = sequence;
  };
  for (const fact of facts) {
    const stay = last.get(fact.userId);
    const inSeat = stay !== undefined && stay.toLine === undefined;
    const at = Math.max(fact.at, stay ? (inSeat ? stay.from : stay.to) : fact.at);
    if (fact.kind === 'released') {
      if (inSeat) end(stay, fact, at);
    } else if (inSeat) {
      if (stay.seatClass === fact.seatClass) continue;
      end(stay, fact, at);
      begin(fact, at);
    } else if (fact.kind === 'occupied') {
      if (!stay || !withinGrace(stay.to, at, plan)) begin(fact, at);
      else if (stay.seatClass === fact.seatClass) {
        stay.to = Number.POSITIVE_INFINITY;
        delete stay.toLine;
      } else {
        end(stay, fact, at);
        begin(fact, at);
      }
    }
  }
  return stays;
}

/** What stays mean to a term: those that had begun before it and go on, and what begins and ends in it. */
export function occupancyIn(term: Pick<Term, 'start' | 'end'>, stays: readonly Stay[]): Occupancy {
  const start = term.start.getTime();
  const end = term.end.getTime();
  const opening: Stay[] = [];
  const movements: Movement[] = [];
  for (const { userId, seatClass, from, fromLine, to, toLine } of stays) {
    if (from >= end || (from < start && to <= start)) continue;
    if (from < start) opening.push({ userId, seatClass, from, fromLine, to });
    else movements.push({ userId, seatClass, at: from, line: fromLine, taken: true });
    if (toLine !== undefined && to < end) movements.push({ userId, seatClass, at: to, line: toLine, taken: false });
  }
  opening.sort((one, other) => one.from - other.from || one.fromLine - other.fromLine);
  movements.sort((one, other) => one.at - other.at || one.line - other.line || Number(one.taken) - Number(other.taken));
  return { opening, movements };
}

function withinGrace(left: number, back: number, { grace, timeZone }: Pick<Plan, 'grace' | 'timeZone'>): boolean {
  if (grace !== 'same_day') return back - left <= grace.hours * HOUR_MS && grace.hours > 0;
  return back - left < LONGEST_DAY_MS && sameLocalDay(left, back, timeZone);
}
