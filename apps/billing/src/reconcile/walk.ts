import type { DataSource } from 'typeorm';
import { type CheckedSeat, PEOPLE_AT_ONCE } from '#billing-api/ledger';
import type { LineCause } from '../seats/line-cause.ts';
import type { Directory } from './directory.ts';
import { checkSeats, compareSeats, ruleOf } from './reconcile.ts';

/** How often those in doubt are looked at again while their events may be on their way. */
const LOOK_MS = 1_000;
/** People in doubt that are kept; a directory and a billing that are further apart want a rebuild. */
const IN_DOUBT = 10_000;

/** Billing and directory are too far apart to be compared person by person. The message says what to do. */
export class TooFarApart extends Error {
  override name = 'TooFarApart';
}

export interface Walk {
  tenantId: string;
  /** sets each seat right that is not as the directory says, and has groups told again where somebody is in others */
  heal: boolean;
  /** how long events in flight are waited for, milliseconds */
  waitMs: number;
  cause: LineCause;
  now: () => Date;
  /** pauses for so long */
  pause: (ms: number) => Promise<void>;
  /** is told how many billable people were looked at, again and again */
  progress: (people: number) => Promise<void>;
}

export interface Walked {
  /** who is billable in the directory */
  people: number;
  /** those who do not agree, also those that were healed */
  differences: CheckedSeat[];
}

/**
 * Walks the directory's billable people and the taken seats side by side, a page at a time, and looks again at whoever is in one
 * of them alone, or in another number of groups, until what is in flight has come or the time is up.
 *
 * @throws TooFarApart; Unavailable when the directory does not answer
 */
export async function reconcile(dataSource: DataSource, directory: Directory, walk: Walk): Promise<Walked> {
  const until = walk.now().getTime() + walk.waitMs;
  let found = await inDoubt(dataSource, directory, walk);
  // one large group that billing has missed puts all its people in doubt
  if (!found && walk.heal) await directory.tellGroups(walk.tenantId);
  while (!found && walk.now().getTime() < until) {
    await walk.pause(LOOK_MS);
    found = await inDoubt(dataSource, directory, walk);
  }
  if (!found) throw new TooFarApart(`More than ${IN_DOUBT} people differ. Rebuild billing: docs/billing.md.`);
  const { people, doubtful } = found;
  // a pause is a sign of life as well
  const pause = (ms: number) => walk.pause(ms).then(() => walk.progress(people));
  let different = await check(dataSource, directory, walk, doubtful, false);
  while (different.some(({ verdict }) => verdict !== 'differ') && walk.now().getTime() < until) {
    await pause(LOOK_MS);
    different = await check(dataSource, directory, walk, idsOf(different), false);
  }
  if (!walk.heal) return { people, differences: different };
  return { people, differences: await healed(dataSource, directory, { ...walk, pause }, different) };
}

async function healed(dataSource: DataSource, directory: Directory, walk: Walk, different: CheckedSeat[]) {
  const found = await check(dataSource, directory, walk, idsOf(different), true);
  const stillThere = new Map(found.map((seat) => [seat.userId, seat]));
  const regrouped = await regroup(dataSource, directory, walk, idsOf(different));
  return different.map((seat) => ({
    ...(stillThere.get(seat.userId) ?? seat),
    ...(regrouped.has(seat.userId) && { regrouped: true as const }),
  }));
}

/** Has the groups told again if any of these people is in others than billing knows. @returns whose groups agree after that */
async function regroup(dataSource: DataSource, directory: Directory, walk: Walk, ids: string[]): Promise<Set<string>> {
  const inOthers = async (of: string[]) =>
    idsOf((await check(dataSource, directory, walk, of, false)).filter(({ verdict }) => verdict === 'groups'));
  const before = await inOthers(ids);
  if (before.length === 0) return new Set();
  await directory.tellGroups(walk.tenantId);
  const until = walk.now().getTime() + walk.waitMs;
  let left = await inOthers(before);
  while (left.length > 0 && walk.now().getTime() < until) {
    await walk.pause(LOOK_MS);
    left = await inOthers(left);
  }
  const wrong = new Set(left);
  return new Set(before.filter((id) => !wrong.has(id)));
}

/** @returns undefined when too many are in doubt */
async function inDoubt(dataSource: DataSource, directory: Directory, { tenantId, progress }: Walk) {
  const doubtful: string[] = [];
  let people = 0;
  let after: string | undefined;
  const billableFrom = await ruleOf(dataSource.manager, tenantId);
  do {
    const page = await directory.billable({ tenantId, billableFrom, ...(after && { after }), limit: PEOPLE_AT_ONCE });
    const through = page.length < PEOPLE_AT_ONCE ? undefined : page.at(-1)?.id;
    doubtful.push(
      ...(await compareSeats(dataSource, {
        tenantId,
        ...(after && { after }),
        ...(through && { through }),
        people: page.map(({ id }) => id),
        groups: page.map(({ groups }) => groups),
      })),
    );
    people += page.length;
    await progress(people);
    if (doubtful.length > IN_DOUBT) return undefined;
    after = through;
  } while (after);
  return { people, doubtful };
}

/** Those of these people who do not agree, as the directory knows them at this moment; of healed ones also those who did not. */
async function check(
  dataSource: DataSource,
  directory: Directory,
  { tenantId, now, cause }: Walk,
  ids: string[],
  heal: boolean,
): Promise<CheckedSeat[]> {
  const found: CheckedSeat[] = [];
  for (let at = 0; at < ids.length; at += PEOPLE_AT_ONCE) {
    const people = ids.slice(at, at + PEOPLE_AT_ONCE);
    let checked: CheckedSeat[] | undefined;
    // a plan that begins meanwhile may count others
    while (!checked) {
      const billableFrom = await ruleOf(dataSource.manager, tenantId);
      const states = await directory.states({ tenantId, billableFrom, ids: people });
      const stateOf = new Map(states.map((state) => [state.id, state]));
      const known = people.map((id) => ({ id, ...stateOf.get(id) }));
      checked = await checkSeats(dataSource, { tenantId, billableFrom, people: known, heal }, { now: now(), cause });
    }
    found.push(...checked);
  }
  return found.filter(({ verdict, healed: line }) => verdict !== 'agree' || line !== undefined);
}

function idsOf(seats: CheckedSeat[]): string[] {
  return seats.map(({ userId }) => userId);
}
