import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CloudEvent } from '#events/envelope';
import { Rejection } from '#outbox/rejection';
import { newId } from '#runtime/ids';
import { tenantCreated, type UserFacts, userEvent } from '../../test/directory-events.ts';
import type { Seat } from './seat.ts';
import { decideSeats } from './seat-decider.ts';
import type { Balance } from './tally.ts';
import { userChange } from './user-change.ts';

const tenantId = newId();
const ada = newId();
const bob = newId();
const DAY_1 = new Date('2026-01-01T00:00:00.000Z');
const DAY_2 = new Date('2026-01-02T00:00:00.000Z');
const RECORDED = new Date('2026-01-03T00:00:00.000Z');
const NOTHING = { seats: [], balances: [], lines: [], events: [], gaps: [], joined: [], left: [], departed: [] };
const standing = { light: 0, core: 0 };

type Step = Pick<UserFacts, 'type' | 'version' | 'active'> & Partial<UserFacts>;

const created = (active: boolean, more: Partial<UserFacts> = {}): Step => step('created', 1, active, more);
const step = (verb: string, version: number, active: boolean, more: Partial<UserFacts> = {}): Step => ({
  type: `user.${verb}.v1`,
  version,
  active,
  ...more,
});

describe('a seat', () => {
  it.each<{ given: string; when: Step[]; outcome: { occupied: boolean; lines: string[]; inUse: number } }>([
    {
      given: 'nothing, a user is created active',
      when: [created(true)],
      outcome: { occupied: true, lines: ['1 occupied 1'], inUse: 1 },
    },
    {
      given: 'nothing, a user is created inactive',
      when: [created(false)],
      outcome: { occupied: false, lines: [], inUse: 0 },
    },
    {
      given: 'an inactive user, it is activated',
      when: [created(false), step('activated', 2, true)],
      outcome: { occupied: true, lines: ['1 occupied 1'], inUse: 1 },
    },
    {
      given: 'an active user, it is activated again',
      when: [created(true), step('activated', 2, true)],
      outcome: { occupied: true, lines: ['1 occupied 1'], inUse: 1 },
    },
    {
      given: 'an active user, it is deactivated',
      when: [created(true), step('deactivated', 2, false)],
      outcome: { occupied: false, lines: ['1 occupied 1', '2 released 0'], inUse: 0 },
    },
    {
      given: 'an active user, it is deleted',
      when: [created(true), step('deleted', 2, false)],
      outcome: { occupied: false, lines: ['1 occupied 1', '2 released 0'], inUse: 0 },
    },
    {
      given: 'an inactive user, it is deleted',
      when: [created(true), step('deactivated', 2, false), step('deleted', 3, false)],
      outcome: { occupied: false, lines: ['1 occupied 1', '2 released 0'], inUse: 0 },
    },
    {
      given: 'an active user, it comes and goes within one batch',
      when: [created(true), step('deactivated', 2, false), step('activated', 3, true)],
      outcome: { occupied: true, lines: ['1 occupied 1', '2 released 0', '3 occupied 1'], inUse: 1 },
    },
    {
      given: 'an inactive user, an update tells that it is active',
      when: [created(false), step('updated', 2, true)],
      outcome: { occupied: true, lines: ['1 occupied 1'], inUse: 1 },
    },
    {
      given: 'an active user, a connection takes it over as inactive',
      when: [created(true), step('linked', 2, false)],
      outcome: { occupied: false, lines: ['1 occupied 1', '2 released 0'], inUse: 0 },
    },
    {
      given: 'a user at version 3, an older event comes late',
      when: [created(true), step('deactivated', 2, false), step('updated', 3, false), step('activated', 2, true)],
      outcome: { occupied: false, lines: ['1 occupied 1', '2 released 0'], inUse: 0 },
    },
    {
      given: 'a user whose versions 2 and 3 never came, version 4 is applied',
      when: [created(true), step('deactivated', 4, false)],
      outcome: { occupied: false, lines: ['1 occupied 1', '2 released 0'], inUse: 0 },
    },
    {
      given: 'nothing, the first that is heard of a user is that it is gone',
      when: [step('deleted', 5, false)],
      outcome: { occupied: false, lines: [], inUse: 0 },
    },
  ])('given $given', ({ when, outcome }) => {
    const { seats, lines, balances } = decide([], [], eventsOf(when));
    expect(seats).toHaveLength(1);
    expect(seats[0]?.occupied).toBe(outcome.occupied);
    expect(lines.map(({ sequence, kind, inUse }) => `${sequence} ${kind} ${inUse}`)).toEqual(outcome.lines);
    expect(balances[0]?.inUse ?? 0).toBe(outcome.inUse);
  });

  it('is unaffected by events that are not a user’s', () => {
    const decision = decideSeats({ seats: [], balances: [] }, userChanges([tenantCreated(tenantId)]), RECORDED);
    expect(decision).toEqual(NOTHING);
  });

  it('goes on from what is stored', () => {
    const ofAda = { tenantId, userId: ada, userName: 'ada', occupied: true, active: true, signedInAt: null };
    const lastLine = { sequence: 98, at: DAY_1 };
    const seat: Seat = { ...ofAda, version: 7, since: DAY_1, lastLine, standing };
    const balance: Balance = { tenantId, inUse: 41, light: 0, sequence: 99, term: null };
    const [stale, fresh, other] = eventsOf([
      step('deactivated', 7, false),
      step('deactivated', 8, false, { time: DAY_2 }),
      created(true, { userId: bob }),
    ]);
    const decision = decide(
      [seat],
      [balance],
      [stale, fresh, other].filter((event) => event !== undefined),
    );
    expect(decision.lines.map(({ sequence, userId, inUse }) => ({ sequence, userId, inUse }))).toEqual([
      { sequence: 100, userId: ada, inUse: 40 },
      { sequence: 101, userId: bob, inUse: 41 },
    ]);
    expect(decision.balances).toEqual([{ tenantId, inUse: 41, light: 0, sequence: 101, term: null }]);
    expect(decision.seats[0]).toMatchObject({
      userId: ada,
      occupied: false,
      version: 8,
      since: DAY_2,
      lastLine: { sequence: 100, at: DAY_2 },
    });
  });

  it('takes a new name and version without a line, and keeps since when it was taken', () => {
    const { seats, lines, balances } = decide(
      [],
      [],
      eventsOf([
        created(true, { time: DAY_1, userName: 'ada@example.com' }),
        step('updated', 2, true, { time: DAY_2, userName: 'ada@example.org' }),
      ]),
    );
    expect(seats).toEqual([
      {
        tenantId,
        userId: ada,
        userName: 'ada@example.org',
        occupied: true,
        active: true,
        signedInAt: null,
        version: 2,
        since: DAY_1,
        lastLine: { sequence: 1, at: DAY_1 },
        standing,
      },
    ]);
    expect(lines).toHaveLength(1);
    expect(balances).toHaveLength(1);
  });

  it('says which versions never came', () => {
    const [first, late] = eventsOf([created(true), step('updated', 5, true)]);
    const { gaps } = decide(
      [],
      [],
      [first, late].filter((event) => event !== undefined),
    );
    expect(gaps).toEqual([{ tenantId, userId: ada, eventId: late?.id, expected: 2, found: 5 }]);
  });
});

describe('a seat event', () => {
  it('carries the number, the absolute count, the time it happened and its whole cause', () => {
    const [event] = eventsOf([created(true, { time: DAY_1, userName: 'ada@example.com' })]);
    const { events, lines } = decide([], [], event ? [event] : []);
    expect(events).toEqual([
      {
        specversion: '1.0',
        id: lines[0]?.id,
        source: 'rollcall/billing',
        type: 'seat.occupied.v1',
        subject: `seats/${ada}`,
        time: DAY_1.toISOString(),
        datacontenttype: 'application/json',
        tenantid: tenantId,
        version: 1,
        commandid: event?.commandid,
        requestid: event?.requestid,
        actor: event?.actor,
        causationid: event?.id,
        data: {
          sequence: 1,
          userId: ada,
          userName: 'ada@example.com',
          seatClass: 'core',
          inUse: 1,
          inUseCore: 1,
          inUseLight: 0,
          recordedAt: RECORDED.toISOString(),
          reason: 'user.created.v1',
        },
      },
    ]);
  });
});

describe('an event that no database can take is rejected by its id', () => {
  it.each<[string, (event: CloudEvent) => void]>([
    ['a time that is no date', (event) => Object.assign(event, { time: '2026-W01-1' })],
    ['a version beyond every number', (event) => Object.assign(event, { version: 1e300 })],
    ['NUL in the name', (event) => Object.assign(event.data, { userName: 'a\u0000b' })],
    ['NUL in the actor', (event) => Object.assign(event, { actor: '\u0000' })],
    ['another subject than its data', (event) => Object.assign(event, { subject: `users/${bob}` })],
  ])('%s', (_, spoil) => {
    const [event] = eventsOf([created(true)]);
    if (!event) throw new Error('no event');
    spoil(event);
    expect(() => userChanges([event])).toThrow(Rejection);
    expect(() => userChanges([event])).toThrow(expect.objectContaining({ eventId: event.id }));
  });
});

describe('whatever comes, in whatever batches', () => {
  it('agrees with a model that knows only the newest version of each user', () => {
    const tenants = [newId(), newId()];
    const users = [newId(), newId(), newId(), newId()];
    const arbitraryEvent = fc
      .record({
        tenantId: fc.constantFrom(...tenants),
        userId: fc.constantFrom(...users),
        version: fc.integer({ min: 1, max: 8 }),
        verb: fc.constantFrom('created', 'activated', 'deactivated', 'deleted', 'updated', 'linked'),
        state: fc.boolean(),
      })
      .map(({ verb, state, ...facts }) =>
        userEvent({ ...facts, type: `user.${verb}.v1`, active: FIXED[verb] ?? state }),
      );
    const arbitraryBatches = fc.array(fc.array(arbitraryEvent, { maxLength: 12 }), { maxLength: 8 });
    const redelivered = fc.array(fc.nat({ max: 7 }), { maxLength: 3 });

    fc.assert(
      fc.property(arbitraryBatches, redelivered, (batches, again) => {
        const whole = [...batches, ...again.flatMap((index) => (batches[index] ? [batches[index]] : []))];
        const billing = new Kept();
        const model = new Model();
        for (const batch of whole) {
          const lines = billing.apply(batch);
          expect(lines).toEqual(batch.flatMap((event) => model.apply(event)));
        }
        expect(billing.occupied()).toEqual(model.occupied());
        for (const tenant of tenants) {
          const sequences = billing.lines.filter((line) => line.tenantId === tenant).map((line) => line.sequence);
          expect(sequences).toEqual(sequences.map((_, index) => index + 1));
        }
      }),
      { numRuns: 500 },
    );
  });
});

const FIXED: Readonly<Record<string, boolean>> = { activated: true, deactivated: false, deleted: false };

interface Counted {
  tenantId: string;
  userId: string;
  kind: string;
  inUse: number;
}

/** The decider with a place to keep what it decides. */
class Kept {
  readonly seats = new Map<string, Seat>();
  readonly balances = new Map<string, Balance>();
  readonly lines: (Counted & { sequence: number })[] = [];

  apply(events: CloudEvent[]): Counted[] {
    const decision = decide([...this.seats.values()], [...this.balances.values()], events);
    for (const seat of decision.seats) this.seats.set(`${seat.tenantId}/${seat.userId}`, seat);
    for (const balance of decision.balances) this.balances.set(balance.tenantId, balance);
    this.lines.push(...decision.lines);
    return decision.lines.map(({ tenantId, userId, kind, inUse }) => ({ tenantId, userId, kind, inUse }));
  }

  occupied(): string[] {
    return [...this.seats].flatMap(([key, seat]) => (seat.occupied ? [key] : [])).sort();
  }
}

/** A seat is what the newest version says. */
class Model {
  private readonly newest = new Map<string, { version: number; active: boolean }>();

  apply(event: CloudEvent): Counted[] {
    const { userId, active } = event.data as { userId: string; active: boolean };
    const tenantId = event.tenantid;
    const key = `${tenantId}/${userId}`;
    const before = this.newest.get(key);
    if (before && before.version >= event.version) return [];
    this.newest.set(key, { version: event.version, active });
    if (active === (before?.active ?? false)) return [];
    const inUse = this.occupied().filter((occupied) => occupied.startsWith(tenantId)).length;
    return [{ tenantId, userId, kind: active ? 'occupied' : 'released', inUse }];
  }

  occupied(): string[] {
    return [...this.newest].flatMap(([key, { active }]) => (active ? [key] : [])).sort();
  }
}

function eventsOf(steps: Step[]): CloudEvent[] {
  return steps.map((facts) => userEvent({ tenantId, userId: ada, ...facts }));
}

function decide(seats: Seat[], balances: Balance[], events: CloudEvent[]) {
  return decideSeats({ seats, balances }, userChanges(events), RECORDED);
}

function userChanges(events: CloudEvent[]) {
  return events.flatMap((event) => userChange(event) ?? []);
}
