import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CloudEvent } from '#events/envelope';
import { DirectoryModel, OPERATIONS } from '../../test/directory-model.ts';
import type { LedgerLine } from '../seats/ledger-line.ts';
import type { Seat } from '../seats/seat.ts';
import { decideSeats } from '../seats/seat-decider.ts';
import type { Balance } from '../seats/tally.ts';
import { userChange } from '../seats/user-change.ts';
import { groupChange } from './group-change.ts';
import { type Edge, type Group, GroupGraph } from './group-graph.ts';
import type { Member } from './members.ts';
import { combined, DEFAULT_LIGHT_GROUP, ownEffect, seatClass } from './seat-class.ts';

describe('the class of a seat', () => {
  it.each([
    [{ light: 0, core: 0 }, 'core'],
    [{ light: 1, core: 0 }, 'light'],
    [{ light: 2, core: 0 }, 'light'],
    [{ light: 1, core: 1 }, 'core'],
    [{ light: 0, core: 3 }, 'core'],
  ])('of who is in groups %p is %s', (standing, expected) => {
    expect(seatClass(standing)).toBe(expected);
  });

  it.each([
    [DEFAULT_LIGHT_GROUP, true, 'light'],
    [DEFAULT_LIGHT_GROUP, false, 'none'],
    ['GURU:light user group', true, 'core'],
    ['Sales', true, 'core'],
    ['Sales', false, 'none'],
  ])('a group %s, synced: %s, makes %s', (displayName, managed, expected) => {
    expect(ownEffect({ displayName, managed }, DEFAULT_LIGHT_GROUP)).toBe(expected);
  });

  it('is core through any group above that is', () => {
    expect(combined(['light', 'none', 'core'])).toBe('core');
    expect(combined(['none', 'light'])).toBe('light');
    expect(combined([])).toBe('none');
  });
});

describe('whatever happens to people and groups, in whatever batches', () => {
  it('the ledger says what looking at the whole directory says', () => {
    const operations = fc.array(
      fc.record({
        kind: fc.constantFrom(...OPERATIONS, 'create user', 'create group', 'add members'),
        a: fc.nat({ max: 50 }),
        b: fc.nat({ max: 50 }),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(operations, fc.integer({ min: 1, max: 7 }), (performed, size) => {
        const directory = new DirectoryModel();
        const billing = new Kept();
        let batch: CloudEvent[] = [];
        for (const operation of performed) {
          batch.push(...directory.perform(operation));
          if (batch.length < size) continue;
          billing.apply(batch);
          billing.apply(batch.slice(0, 2));
          batch = [];
          expect(billing.seats()).toEqual(directory.seats());
        }
        billing.apply(batch);
        expect(billing.seats()).toEqual(directory.seats());
        expect(billing.replayed()).toEqual(directory.seats());
      }),
      { numRuns: 1_000 },
    );
  });
});

/** The deciders with a place to keep what they decide. */
class Kept {
  private readonly kept = new Map<string, Seat>();
  private balances: Balance[] = [];
  private readonly groups = new Map<string, Group>();
  private edges: Edge[] = [];
  private members: Member[] = [];
  private readonly lines: LedgerLine[] = [];

  apply(events: CloudEvent[]): void {
    const changes = events.flatMap((event) => userChange(event) ?? groupChange(event) ?? []);
    const graph = new GroupGraph([...this.groups.values()], this.edges, new Map());
    for (const change of changes) if ('groupId' in change) graph.apply(change);
    const steps = new Map(graph.steps.map((step) => [step.change, step]));
    const { seats, balances, lines, joined, left, departed } = decideSeats(
      { seats: [...this.kept.values()], balances: this.balances, members: this.members },
      changes.flatMap((change) => ('groupId' in change ? (steps.get(change) ?? []) : change)),
      new Date(),
    );
    for (const seat of seats) this.kept.set(seat.userId, seat);
    if (balances.length > 0) this.balances = balances;
    this.lines.push(...lines);
    const outcome = graph.outcome();
    for (const group of outcome.groups) this.groups.set(group.groupId, group);
    this.edges = [...this.edges.filter((edge) => !outcome.parted.some(same(edge))), ...outcome.joined];
    this.members = [...this.members, ...joined].filter(
      (member) => !left.some(same(member)) && !departed.some(({ userId }) => userId === member.userId),
    );
  }

  seats(): Record<string, string> {
    return Object.fromEntries(
      [...this.kept.values()].flatMap(({ userId, occupied, standing }) =>
        occupied ? [[userId, seatClass(standing)]] : [],
      ),
    );
  }

  /** The seats as the lines alone tell them, each line's counts checked on the way. */
  replayed(): Record<string, string> {
    const seats: Record<string, string> = {};
    for (const [index, line] of this.lines.entries()) {
      expect(line.sequence).toBe(index + 1);
      if (line.kind === 'released') delete seats[line.userId];
      else seats[line.userId] = line.seatClass;
      const classes = Object.values(seats);
      expect([line.inUse, line.light]).toEqual([classes.length, classes.filter((each) => each === 'light').length]);
    }
    return seats;
  }
}

function same<T extends object>(one: T) {
  return (other: T) => JSON.stringify(one) === JSON.stringify(other);
}
