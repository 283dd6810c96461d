import type { EntityManager } from 'typeorm';
import { append } from '#outbox/append';
import { logger } from '#runtime/logger';
import { findStandings, saveMembers } from '../classes/group-rows.ts';
import type { Member } from '../classes/members.ts';
import type { Change } from './change.ts';
import type { LedgerLine } from './ledger-line.ts';
import { seatKey } from './seat.ts';
import { decideSeats } from './seat-decider.ts';
import { addLines, lockSeats, saveBalances, saveSeats } from './seat-rows.ts';
import type { Balance } from './tally.ts';

type Person = Pick<Member, 'tenantId' | 'userId'>;

/** Events in one statement, of which a large group's change of class has one for each of its people. */
const EVENTS_AT_ONCE = 5_000;

/** Changes in order, the locked balances of their tenants, and the memberships that are concerned. */
interface Moves {
  changes: Change[];
  balances: Balance[];
  members: Member[];
  now: Date;
}

/** Decides what the changes do to seats and saves it: seats, lines, balances, memberships and the events that tell of it. */
export async function moveSeats(tx: EntityManager, { changes, balances, members, now }: Moves): Promise<LedgerLine[]> {
  const people = distinct([...changes.flatMap(peopleOf), ...members]);
  const seats = people.length > 0 ? await lockSeats(tx, people) : [];
  const seated = new Set(seats.map(seatKey));
  // a group may have told of its members before they were told of
  const unseated = people.filter((person) => !seated.has(seatKey(person)));
  const standings = await findStandings(tx, unseated);
  const decision = decideSeats({ seats, balances, members, standings }, changes, now);
  for (const gap of decision.gaps) logger.warn(gap, 'versions of a user are missing: the newer state was applied');
  await saveSeats(tx, decision.seats);
  await addLines(tx, decision.lines);
  await saveBalances(tx, decision.balances);
  await saveMembers(tx, decision);
  for (let at = 0; at < decision.events.length; at += EVENTS_AT_ONCE) {
    await append(tx, ...decision.events.slice(at, at + EVENTS_AT_ONCE));
  }
  return decision.lines;
}

function peopleOf(change: Change): Person[] {
  if ('userId' in change) return [change];
  if ('people' in change) return change.people.map((userId) => ({ tenantId: change.tenantId, userId }));
  if (!('change' in change)) return [];
  const { tenantId, added, removed } = change.change;
  return [...added, ...removed].map((userId) => ({ tenantId, userId }));
}

function distinct(people: Person[]): Person[] {
  return [...new Map(people.map((person) => [seatKey(person), person])).values()];
}
