import { sameLocalDay } from './calendar.ts';
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
  /** by a plan that begins to hold: no grace reaches over that */
  byPlan?: boolean;
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
  /** a plan ended it */
  endedByPlan?: boolean;
}

const HOUR_MS = 3_600_000;
/** No local day is longer. */
const LONGEST_DAY_MS = 26 * HOUR_MS;

/**
 * When a person was in a seat. The facts follow each other as the ledger has them: one that claims an earlier time than
 * the one before it takes effect with that one (two writers' clocks differ). What takes effect at one moment does so at once, and
 * a fact that changes nothing means nothing.
 * Whoever leaves and returns within the plan's grace never left, and a class that is left again within it was never had: an
 * identity provider makes a person first, and pushes them into the light group after that.
 *
 * @param facts one person's, in the order of their sequence
 */
export function staysOf(facts: readonly SeatFact[], plan: Pick<Plan, 'grace' | 'timeZone'>): Stay[] {
  const stays: Stay[] = [];
  const begin = ({ userId, seatClass, sequence }: SeatFact, at: number) => {
    stays.push({ userId, seatClass, from: at, fromLine: sequence, to: Number.POSITIVE_INFINITY });
  };
  const end = (stay: Stay, { sequence, byPlan = false }: SeatFact, at: number) => {
    stay.to = at;
    stay.toLine = sequence;
    stay.endedByPlan = byPlan;
  };
  const goOn = (stay: Stay) => {
    stay.to = Number.POSITIVE_INFINITY;
    delete stay.toLine;
    delete stay.endedByPlan;
  };
  const cameBack = (stay: Stay, { byPlan = false }: SeatFact, at: number) =>
    !byPlan && !stay.endedByPlan && withinGrace(stay.to, at, plan);
  const change = (stay: Stay, fact: SeatFact, at: number) => {
    const before = stays.at(-2);
    if (at > stay.from && (fact.byPlan || !withinGrace(stay.from, at, plan))) {
      end(stay, fact, at);
      begin(fact, at);
    } else if (before?.to === stay.from && !before.endedByPlan && before.seatClass === fact.seatClass) {
      stays.pop();
      goOn(before);
    } else {
      stay.seatClass = fact.seatClass;
      stay.fromLine = fact.sequence;
    }
  };
  for (const { at, together } of moments(withoutMoot(facts))) {
    const stay = stays.at(-1);
    const inSeat = stay !== undefined && stay.toLine === undefined;
    const fact = outcome(together, inSeat);
    if (!fact) continue;
    if (fact.kind === 'released') {
      if (inSeat) end(stay, fact, at);
    } else if (stay && (inSeat || cameBack(stay, fact, at))) {
      goOn(stay);
      if (stay.seatClass !== fact.seatClass) change(stay, fact, at);
    } else begin(fact, at);
  }
  return stays;
}

/** Without what a plan moved later than something that is learned of after it: that is told as it is by the plan already. */
function withoutMoot(facts: readonly SeatFact[]): SeatFact[] {
  const kept: SeatFact[] = [];
  for (const fact of facts) {
    for (let last = kept.at(-1); !fact.byPlan && last?.byPlan && last.at > fact.at; last = kept.at(-1)) kept.pop();
    kept.push(fact);
  }
  return kept;
}

function* moments(facts: readonly SeatFact[]): Generator<{ at: number; together: SeatFact[] }> {
  let now = { at: Number.NEGATIVE_INFINITY, together: [] as SeatFact[] };
  for (const fact of facts) {
    if (fact.at > now.at) {
      if (now.together.length > 0) yield now;
      now = { at: fact.at, together: [] };
    }
    now.together.push(fact);
  }
  if (now.together.length > 0) yield now;
}

/** The fact of one moment that leaves the person in a seat or without one; undefined when nothing happened to them. */
function outcome(together: readonly SeatFact[], wasInSeat: boolean): SeatFact | undefined {
  let last: SeatFact | undefined;
  let inSeat = wasInSeat;
  for (const fact of together) {
    if (!inSeat && fact.kind !== 'occupied') continue;
    inSeat = fact.kind !== 'released';
    last = fact;
  }
  return last;
}

/** How long a grace is at most: what `same_day` can reach over is a local day. */
export function longestGraceMs({ grace }: Pick<Plan, 'grace'>): number {
  return grace === 'same_day' ? LONGEST_DAY_MS : grace.hours * HOUR_MS;
}

function withinGrace(from: number, to: number, { grace, timeZone }: Pick<Plan, 'grace' | 'timeZone'>): boolean {
  if (grace !== 'same_day') return to - from <= grace.hours * HOUR_MS && grace.hours > 0;
  return to - from < LONGEST_DAY_MS && sameLocalDay(from, to, timeZone);
}
