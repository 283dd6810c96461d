import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Clock } from '#runtime/clock';
import { newId } from '#runtime/ids';
import { random as randomFrom } from '../../../../test/harness/random.ts';
import { createBillingDatabase } from '../../test/billing-database.ts';
import { peopleCreated, userEvent } from '../../test/directory-events.ts';
import { DirectoryModel, OPERATIONS } from '../../test/directory-model.ts';
import { ExportsService } from '../exports/exports.service.ts';
import { LedgerService } from '../ledger/ledger.service.ts';
import { SeatsService } from '../seats/seats.service.ts';
import { HistoryService } from './history.service.ts';

let database: Awaited<ReturnType<typeof createBillingDatabase>>;
let history: HistoryService;
let tenantId: string;

const clock = new Clock();
const DAY_MS = 86_400_000;
const START = Date.parse('2026-01-01T00:00:00Z');
const range = { from: '2025-12-30', to: '2026-01-12', timeZone: 'UTC' };

beforeAll(async () => {
  database = await createBillingDatabase();
  history = new HistoryService(database.dataSource, clock);
});
afterAll(() => database.drop());
beforeEach(() => {
  tenantId = newId();
});

interface Fact {
  userId: string;
  active: boolean;
  at: number;
}

describe('the history of seats', () => {
  it.each([
    { seed: 1, ...range },
    { seed: 2, ...range, timeZone: 'Asia/Kathmandu' },
    { seed: 3, ...range, timeZone: 'America/St_Johns' },
    { seed: 4, from: '2025-03-25', to: '2025-04-07', timeZone: 'Europe/Berlin' },
    { seed: 5, from: '2025-10-30', to: '2025-11-12', timeZone: 'America/Havana' },
  ])('is what the facts add up to by the time they happened, however late they came ($timeZone)', async (told) => {
    const random = randomFrom(told.seed);
    const start = Date.parse(told.from) + 2 * DAY_MS;
    const dayOf = localDay(told.timeZone);
    const facts: Fact[] = [];
    for (let part = 0; part < 3; part++) {
      const more = randomFacts(random, 60, start);
      facts.push(...more);
      await tell(more);
      for (let check = 0; check < 10; check++) {
        const at = check === 0 ? (facts[0]?.at ?? start) : start + Math.floor(random() * 12 * DAY_MS);
        expect((await history.at(tenantId, new Date(at))).inUse).toBe(levelAt(facts, at));
      }
      const days = await history.daily(tenantId, told);
      expect(days).toHaveLength(14);
      for (const { day, inUse, peak, peakAt } of days) {
        const until = (last: (of: string) => boolean) => facts.filter(({ at }) => last(dayOf(at)));
        expect(inUse).toBe(levelOf(until((of) => of <= day)));
        const levels = until((of) => of === day).map(({ at }) => levelAt(facts, at));
        expect(peak).toBe(Math.max(levelOf(until((of) => of < day)), ...levels));
        if (peakAt) expect([dayOf(peakAt.getTime()), levelAt(facts, peakAt.getTime())]).toEqual([day, peak]);
      }
      const top = await history.peak(tenantId, told, { limit: 1_000 });
      expect(top.peak).toBe(Math.max(...days.map(({ peak }) => peak)));
      expect(top.people).toHaveLength(top.peak);
      expect(top.people.map(({ userId }) => userId)).toEqual(peopleAt(facts, top.at.getTime()));
    }
  });

  it.each([6, 7, 9])('tells the classes of any instant and day (%i)', async (seed) => {
    const random = randomFrom(seed);
    const directory = new DirectoryModel();
    const known: { at: Date; counts: { inUse: number; inUseCore: number; inUseLight: number } }[] = [];
    for (let step = 0; step < 120; step++) {
      directory.now = new Date(directory.now.getTime() + 1 + random() * 4 * 3_600_000);
      const kind = OPERATIONS[Math.floor(random() * OPERATIONS.length)] ?? 'create user';
      const choose = () => Math.floor(random() * 50);
      await apply(directory.perform({ kind: step < 12 ? 'create user' : kind, a: choose(), b: choose() }));
      const classes = Object.values(directory.seats());
      const inUseLight = classes.filter((each) => each === 'light').length;
      const counts = { inUse: classes.length, inUseCore: classes.length - inUseLight, inUseLight };
      known.push({ at: directory.now, counts });
    }
    expect(known.some(({ counts }) => counts.inUseLight > 0)).toBe(true);
    for (const { at, counts } of known) expect(await history.at(directory.tenantId, at)).toMatchObject(counts);
    const days = await history.daily(directory.tenantId, { from: '2026-01-01', to: '2026-01-20', timeZone: 'UTC' });
    for (const { day, ...told } of days) {
      const last = known.findLast(({ at }) => at.toISOString() < `${day}T24`);
      expect(told).toMatchObject(last?.counts ?? { inUse: 0, inUseCore: 0, inUseLight: 0 });
    }
  });

  it('of a tenant without any is zero', async () => {
    expect(await history.at(tenantId, new Date(START))).toMatchObject({ inUse: 0, sequence: 0 });
    const days = await history.daily(tenantId, { ...range, from: '2026-01-01', to: '2026-01-02' });
    expect(days).toEqual(
      ['2026-01-01', '2026-01-02'].map((day) => ({
        day,
        inUse: 0,
        inUseCore: 0,
        inUseLight: 0,
        peak: 0,
        peakAt: null,
      })),
    );
    expect(await history.peak(tenantId, range, { limit: 10 })).toMatchObject({ peak: 0, people: [], next: null });
  });

  it.each(['0000-01-01', '1890-05-05', '9999-12-31'])('has a day however far away it is (%s)', async (day) => {
    await tell(randomFacts(randomFrom(9), 40, START));
    const days = await history.daily(tenantId, { from: day, to: day, timeZone: 'Europe/Amsterdam' });
    const inUse = day < '2026' ? 0 : (await history.at(tenantId, clock.now())).inUse;
    expect(days).toMatchObject([{ day, inUse }]);
  });

  it('is the same for readers that come at once', async () => {
    await tell(randomFacts(randomFrom(9), 40, START));
    const counts = await Promise.all(Array.from({ length: 6 }, () => history.at(tenantId, clock.now())));
    expect(new Set(counts.map(({ inUse }) => inUse)).size).toBe(1);
  });

  it('counts nothing after the line that its answer names', async () => {
    const hour = 3_600_000;
    const [late] = peopleCreated(tenantId, 1).map((event) => ({
      ...event,
      time: new Date(START - hour).toISOString(),
    }));
    await apply([...peopleCreated(tenantId, 4), ...(late ? [late] : [])]);
    // as a reader finds it for whom the last line was committed just after the quarters were reckoned
    const known = (by: number) =>
      database.dataSource.query('UPDATE balance SET sequence = sequence + $2 WHERE tenant_id = $1', [tenantId, by]);
    await known(-1);
    const [before, at] = [new Date(START - hour), new Date(START)];
    expect(await history.at(tenantId, before)).toMatchObject({ inUse: 0, sequence: 4 });
    expect(await history.at(tenantId, at)).toMatchObject({ inUse: 4, sequence: 4 });
    const told = await history.peak(tenantId, range, { limit: 10 });
    expect([told.peak, told.people.length]).toEqual([4, 4]);
    await known(1);
    expect(await history.at(tenantId, before)).toMatchObject({ inUse: 1, sequence: 5 });
    expect(await history.at(tenantId, at)).toMatchObject({ inUse: 5, sequence: 5 });
  });

  it('is of one moment, whatever is learned of meanwhile', async () => {
    const facts = randomFacts(randomFrom(8), 150, START);
    const levelOfLine = async (sequence: number) => {
      const [line] = await database.dataSource.query(
        'SELECT in_use AS level FROM ledger_line WHERE tenant_id = $1 AND sequence = $2',
        [tenantId, sequence],
      );
      return line?.level ?? 0;
    };
    const latest = new Date(Math.max(...facts.map(({ at }) => at)));
    const learn = async () => {
      for (const fact of facts) await tell([fact]);
    };
    let isLearning = true;
    const learned = learn().finally(() => {
      isLearning = false;
    });
    try {
      while (isLearning) {
        const { inUse, sequence } = await history.at(tenantId, latest);
        expect(inUse).toBe(await levelOfLine(sequence));
        const { peak, people } = await history.peak(tenantId, range, { limit: 1_000 });
        expect(people).toHaveLength(peak);
      }
    } finally {
      await learned;
    }
  });

  it('takes what happens at one moment for what it leads to, also at the moment in which a day begins', async () => {
    const [ada, bob, cyd] = [newId(), newId(), newId()];
    const noon = START + 12 * 3_600_000;
    await tell([
      { userId: ada, active: true, at: START - DAY_MS },
      { userId: bob, active: true, at: START - DAY_MS },
      { userId: bob, active: false, at: START },
      { userId: cyd, active: true, at: noon },
      { userId: ada, active: false, at: noon },
    ]);
    const day = { from: '2026-01-01', to: '2026-01-01', timeZone: 'UTC' };
    expect(await history.daily(tenantId, day)).toMatchObject([{ inUse: 1, peak: 1, peakAt: null }]);
    expect(await history.peak(tenantId, day, { limit: 10 })).toMatchObject({
      peak: 1,
      at: new Date(START),
      people: [{ userId: ada }],
    });
  });

  it('pages through the people of a peak', async () => {
    await apply(peopleCreated(tenantId, 5));
    const first = await history.peak(tenantId, range, { limit: 3 });
    expect(first).toMatchObject({ peak: 5, at: new Date(START), sequence: null });
    const second = await history.peak(tenantId, range, { limit: 3, after: first.next ?? '' });
    expect(second.next).toBeNull();
    expect([...first.people, ...second.people].map(({ userName }) => userName)).toHaveLength(5);
  });

  it('refuses an instant that is yet to come', async () => {
    await expect(history.at(tenantId, new Date(Date.now() + DAY_MS))).rejects.toMatchObject({ status: 400 });
  });
});

describe('an export', () => {
  const exports = () => new ExportsService(database.dataSource, new LedgerService(database.dataSource));

  it('has every line and every seat, over more than one read, and no formula', async () => {
    const people = peopleCreated(tenantId, 1_500);
    const [evil] = peopleCreated(tenantId, 1);
    if (!evil) throw new Error('nobody was made');
    (evil.data as { userName: string }).userName = '=cmd|"/c calc"!A1';
    await apply([...people, evil]);
    const ledger = await text(exports().ledgerCsv(tenantId, {}));
    expect(ledger.split('\r\n')).toHaveLength(1 + 1_501 + 1);
    expect(ledger).toContain(`"'=cmd|""/c calc""!A1"`);
    const seats = await text(exports().seatsCsv(tenantId));
    expect(seats.split('\r\n')).toHaveLength(1 + 1_501 + 1);
    const { userId } = evil.data as { userId: string };
    expect((await text(exports().ledgerCsv(tenantId, { userId }))).split('\r\n')).toHaveLength(3);
  });

  it('of a page reads no more than it is asked for', async () => {
    await apply(peopleCreated(tenantId, 2_500));
    const pieces = exports().seatsCsv(tenantId);
    await pieces.next();
    const { value } = await pieces.next();
    expect(String(value).split('\r\n')).toHaveLength(1_001);
    await pieces.return(undefined);
  });
});

describe('the ledger', () => {
  it('is filtered by person, kind and time, page by page', async () => {
    const people = peopleCreated(tenantId, 4);
    await apply(people);
    const { userId } = people.map(({ data }) => data as { userId: string })[0] ?? { userId: '' };
    const time = new Date('2026-02-01T00:00:00Z');
    await apply([userEvent({ type: 'user.deactivated.v1', tenantId, userId, version: 2, active: false, time })]);
    const ledger = new LedgerService(database.dataSource);
    const lines = async (filter: object, after = 0, limit = 100) =>
      (await ledger.page(tenantId, { ...filter, after, limit })).lines.map(({ sequence }) => sequence);
    expect(await lines({ userId })).toEqual([1, 5]);
    expect(await lines({ kind: 'occupied' }, 1, 2)).toEqual([2, 3]);
    expect(await lines({ from: time })).toEqual([5]);
    expect(await lines({ to: time, userId })).toEqual([1]);
  });
});

/** People come and go, in an order of their own each; what is told of different people is mixed up in time. */
function randomFacts(random: () => number, count: number, start: number): Fact[] {
  const people = Array.from({ length: 8 }, () => ({
    userId: newId(),
    active: false,
    at: start + random() * 8 * DAY_MS,
  }));
  return Array.from({ length: count }, () => {
    const person = people[Math.floor(random() * people.length)] ?? people[0];
    if (!person) throw new Error('there is nobody');
    person.active = !person.active;
    person.at = Math.floor(person.at + 1 + random() * 4 * 3_600_000);
    return { ...person };
  });
}

const versions = new Map<string, number>();

async function tell(facts: Fact[]): Promise<void> {
  await apply(
    facts.map(({ userId, active, at }) => {
      const version = (versions.get(userId) ?? 0) + 1;
      versions.set(userId, version);
      const type = version === 1 ? 'user.created.v1' : active ? 'user.activated.v1' : 'user.deactivated.v1';
      return userEvent({ type, tenantId, userId, version, active, time: new Date(at) });
    }),
  );
}

async function apply(events: Parameters<SeatsService['apply']>[1]): Promise<void> {
  const seats = new SeatsService(database.dataSource, clock);
  await database.dataSource.transaction((tx) => seats.apply(tx, events));
}

function levelAt(facts: Fact[], at: number): number {
  return levelOf(facts.filter((fact) => fact.at <= at));
}

function levelOf(facts: Fact[]): number {
  return facts.reduce((level, { active }) => level + (active ? 1 : -1), 0);
}

/** The calendar day of an instant, `YYYY-MM-DD`. */
function localDay(timeZone: string): (at: number) => string {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return (at) => format.format(at);
}

function peopleAt(facts: Fact[], at: number): string[] {
  const active = new Map(facts.filter((fact) => fact.at <= at).map((fact) => [fact.userId, fact.active]));
  return [...active].flatMap(([userId, held]) => (held ? [userId] : [])).toSorted();
}

async function text(pieces: AsyncGenerator<string>): Promise<string> {
  let all = '';
  for await (const piece of pieces) all += piece;
  return all;
}
