import { readdirSync } from 'node:fs';
import type { DataSource } from 'typeorm';
import { residentMb } from '../harness/memory.ts';
import type { ChaosClient } from './client.ts';
import { DOMAIN, type World } from './world.ts';

/** One of the promises, and what breaks it; nothing when it holds. */
export interface Finding {
  invariant: string;
  /** the first of them, one line each */
  problems: string[];
}

const MOST_PROBLEMS = 5;

/**
 * Checks by machine what must hold once nothing is on its way any more (DESIGN.md, "Rules that hold everywhere").
 *
 * @param activityIsWhole false when a gateway was killed or the broker away: its records wait in memory and may be lost
 */
export async function check(
  world: World,
  clients: readonly ChaosClient[],
  activityIsWhole: boolean,
): Promise<Finding[]> {
  const { directory, billing } = world.databases;
  const findings: Finding[] = [
    await writesAreThere(directory, clients),
    await seatsAreBillableUsers(directory, billing),
    await eventsAreAppliedOnce(directory, billing),
    await versionsAreContiguous(directory, billing),
    await of('I7 one user of a name', directory, SAME_NAME),
    await of('I8 members exist in their tenant', directory, STRANGE_MEMBERS),
    await of('I9 no row of a foreign tenant', billing, FOREIGN_SEATS),
    await resourcesAreBounded(world),
    { invariant: 'I9 no profile value in a log', problems: world.leaks },
    {
      invariant: 'I2, I6, I9, I12 every answer was one that may be',
      problems: clients.flatMap(({ violations }) => violations),
    },
    await recordsAreThere(directory, activityIsWhole),
    await parkedIsPoison(billing, world.poisoned),
    await reconciliationsAreEmpty(world),
  ];
  return findings.map(({ invariant, problems }) => ({ invariant, problems: problems.slice(0, MOST_PROBLEMS) }));
}

/** I1 and I2: what was acknowledged is there, and what is there has an explanation. */
async function writesAreThere(directory: DataSource, clients: readonly ChaosClient[]): Promise<Finding> {
  const rows: { tenant_id: string; id: string; user_name: string; active: boolean; groups: string[] }[] =
    await directory.query(
      `SELECT u.tenant_id, u.id, u.user_name, u.active,
              ARRAY(SELECT m.group_id FROM memberships m WHERE m.tenant_id = u.tenant_id AND m.user_id = u.id) AS groups
       FROM users u WHERE u.deleted_at IS NULL AND u.user_name LIKE $1`,
      [`%@${DOMAIN}`],
    );
  const found = new Map(rows.map((row) => [`${row.tenant_id} ${row.user_name}`, row]));
  const problems: string[] = [];
  for (const { team, people, groupId } of clients) {
    for (const { person, possible, member, id } of people) {
      const name = `${team.tenantId} ${person.login}`;
      const row = found.get(name);
      found.delete(name);
      const state = row === undefined ? 'absent' : row.active ? 'active' : 'inactive';
      if (!possible.has(state)) problems.push(`${name} is ${state}`);
      const isMember = groupId !== undefined && row?.groups.includes(groupId) === true;
      if (row && row.id === id && !member.has(isMember)) problems.push(`${name} is ${isMember ? 'a' : 'no'} member`);
    }
  }
  for (const name of found.keys()) problems.push(`${name} is there and nobody asked for it`);
  return { invariant: 'I1, I2 acknowledged writes are there, and nothing unexplained', problems };
}

/** I3: per tenant, the people who occupy a seat are the people who are billable. */
async function seatsAreBillableUsers(directory: DataSource, billing: DataSource): Promise<Finding> {
  const users = await idsOf(directory, 'SELECT tenant_id, id FROM users WHERE active AND deleted_at IS NULL');
  const seats = await idsOf(billing, 'SELECT tenant_id, user_id AS id FROM seat WHERE occupied');
  const counts = await of(
    '',
    billing,
    'SELECT b.tenant_id FROM balance b WHERE in_use <> (SELECT count(*) FROM seat s WHERE s.tenant_id = b.tenant_id AND s.occupied)',
  );
  return {
    invariant: 'I3 occupied seats are billable users',
    problems: [
      ...missing(users, seats).map((each) => `${each} is billable and has no seat`),
      ...missing(seats, users).map((each) => `${each} has a seat and is not billable`),
      ...counts.problems,
    ],
  };
}

/** I4: what left the outbox is what was applied, each once (the inbox has one row for each event, by its key). */
async function eventsAreAppliedOnce(directory: DataSource, billing: DataSource): Promise<Finding> {
  const told = await idsOf(directory, 'SELECT tenant_id, id FROM outbox');
  const applied = await idsOf(billing, 'SELECT tenant_id, event_id AS id FROM inbox');
  const lines = await of(
    '',
    billing,
    'SELECT tenant_id, event_id FROM ledger_line GROUP BY tenant_id, event_id, user_id HAVING count(*) > 1',
  );
  return {
    invariant: 'I4 every event is applied, and once',
    problems: [
      ...missing(told, applied).map((each) => `${each} was told and never applied`),
      ...missing(applied, told).map((each) => `${each} was applied and never told`),
      ...lines.problems.map((each) => `${each} made two ledger lines`),
    ],
  };
}

/** I5: an aggregate's versions have no gap, and neither has a tenant's ledger, in which people come and go in turn. */
async function versionsAreContiguous(directory: DataSource, billing: DataSource): Promise<Finding> {
  const gaps = await of(
    '',
    directory,
    `SELECT tenant_id, subject FROM outbox GROUP BY tenant_id, subject
     HAVING max((event->>'version')::int) <> count(*) OR count(DISTINCT (event->>'version')::int) <> count(*)`,
  );
  const holes = await of(
    '',
    billing,
    'SELECT tenant_id FROM ledger_line GROUP BY tenant_id HAVING max(sequence) <> count(*)',
  );
  const turns = await of(
    '',
    billing,
    `SELECT tenant_id, user_id FROM (
       SELECT *, lag(kind) OVER (PARTITION BY tenant_id, user_id ORDER BY sequence) AS before FROM ledger_line
     ) lines WHERE kind = coalesce(before, 'released')`,
  );
  return {
    invariant: 'I5 versions rise without a gap, in the outbox and in the ledger',
    problems: [...gaps.problems, ...holes.problems, ...turns.problems],
  };
}

const SAME_NAME = `
SELECT tenant_id, user_name_key FROM users WHERE deleted_at IS NULL GROUP BY tenant_id, user_name_key HAVING count(*) > 1`;

const STRANGE_MEMBERS = `
SELECT m.tenant_id, m.group_id, m.user_id FROM memberships m
WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.tenant_id = m.tenant_id AND u.id = m.user_id AND u.deleted_at IS NULL)
   OR NOT EXISTS (SELECT 1 FROM groups g WHERE g.tenant_id = m.tenant_id AND g.id = m.group_id AND g.deleted_at IS NULL)`;

/** Every line of the ledger has the tenant of the seat it is about. */
const FOREIGN_SEATS = `
SELECT l.tenant_id, l.user_id FROM ledger_line l
WHERE NOT EXISTS (SELECT 1 FROM seat s WHERE s.tenant_id = l.tenant_id AND s.user_id = l.user_id)`;

/** Far above what a healthy process needs, far below what a leak comes to in a run. */
const MOST = { residentMb: 700, descriptors: 300, databaseSessions: 80 };

/** I11 */
async function resourcesAreBounded({ replicas, databases }: World): Promise<Finding> {
  const problems: string[] = [];
  for (const { process } of Object.values(replicas).flat()) {
    const resident = residentMb(process.pid);
    const descriptors = readdirSync(`/proc/${process.pid}/fd`).length;
    if (resident > MOST.residentMb) problems.push(`a ${process.name} holds ${Math.round(resident)} MB`);
    if (descriptors > MOST.descriptors) problems.push(`a ${process.name} holds ${descriptors} descriptors`);
  }
  const [row] = await databases.directory.query(
    "SELECT count(*)::int AS sessions FROM pg_stat_activity WHERE backend_type = 'client backend'",
  );
  if (row.sessions > MOST.databaseSessions) problems.push(`${row.sessions} database sessions`);
  return { invariant: 'I11 memory, descriptors and connections are bounded', problems };
}

/** I13: no request has two records, and every request that changed something has one. */
async function recordsAreThere(directory: DataSource, isWhole: boolean): Promise<Finding> {
  const twice = await of(
    '',
    directory,
    'SELECT tenant_id, request_id FROM activity GROUP BY tenant_id, request_id, id HAVING count(*) > 1',
  );
  const without = `
SELECT DISTINCT o.tenant_id, o.event->>'requestid' FROM outbox o
WHERE o.event->>'actor' LIKE 'connection:%'
  AND NOT EXISTS (SELECT 1 FROM activity a WHERE a.tenant_id = o.tenant_id AND a.request_id = o.event->>'requestid')`;
  const none = isWhole ? await of('', directory, without) : { problems: [] };
  return {
    invariant: 'I13 one activity record for each write',
    problems: [
      ...twice.problems.map((each) => `${each} is recorded twice`),
      ...none.problems.map((each) => `${each} has no record`),
    ],
  };
}

/** I14 */
async function parkedIsPoison(billing: DataSource, poisoned: number): Promise<Finding> {
  const [row] = await billing.query('SELECT count(*)::int AS parked FROM parked');
  const problems = row.parked === poisoned ? [] : [`${row.parked} events are parked, ${poisoned} were poison`];
  return { invariant: 'I14 what is parked is the poison', problems };
}

/** I3, as billing itself tells it: compared with the directory, it finds nothing to heal. */
async function reconciliationsAreEmpty({ teams }: World): Promise<Finding> {
  const reports = await Promise.all(
    teams.map(async (team) => {
      const { status, problem, differences } = await team.reconcile();
      if (status === 'agreed') return [];
      return [
        `${team.tenantId} ${status}: ${problem ?? differences.map(({ userId, verdict }) => `${userId} ${verdict}`).join(', ')}`,
      ];
    }),
  );
  return { invariant: 'I3 billing and directory agree when they are compared', problems: reports.flat() };
}

/** The rows of a query that must have none, as lines. */
async function of(invariant: string, dataSource: DataSource, query: string): Promise<Finding> {
  const rows: object[] = await dataSource.query(`${query} LIMIT ${MOST_PROBLEMS + 1}`);
  return { invariant, problems: rows.map((row) => Object.values(row).join(' ')) };
}

async function idsOf(dataSource: DataSource, query: string): Promise<Set<string>> {
  const rows: { tenant_id: string; id: string }[] = await dataSource.query(query);
  return new Set(rows.map(({ tenant_id, id }) => `${tenant_id} ${id}`));
}

function missing(from: Set<string>, among: Set<string>): string[] {
  return [...from].filter((each) => !among.has(each));
}
