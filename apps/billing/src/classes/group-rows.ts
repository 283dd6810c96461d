import type { EntityManager } from 'typeorm';
import { type Prepared, run } from '#postgres/prepared';
import type { Edge, Group } from './group-graph.ts';
import type { Member } from './members.ts';
import type { Standing } from './seat-class.ts';

type Named = Pick<Group, 'tenantId' | 'groupId'>;
type Person = Pick<Member, 'tenantId' | 'userId'>;

const FIND_GROUPS: Prepared = {
  name: 'find_groups',
  text: `SELECT tenant_id AS "tenantId", group_id AS "groupId", display_name AS "displayName", managed, version, gone, effect
FROM directory_group JOIN unnest($1::uuid[], $2::uuid[]) AS wanted (tenant_id, group_id) USING (tenant_id, group_id)`,
};

/** The rows of these groups that there are. Whoever reads them holds the tenants' balances, which keeps others away. */
export async function findGroups(tx: EntityManager, groups: Named[]): Promise<Group[]> {
  const rows = await run<Omit<Group, 'version'> & { version: string }>(tx, FIND_GROUPS, groupColumns(groups));
  return rows.map((row) => ({ ...row, version: Number(row.version) }));
}

const FIND_EDGES: Prepared = {
  name: 'find_edges',
  text: `WITH RECURSIVE below AS (
  SELECT * FROM unnest($1::uuid[], $2::uuid[]) AS wanted (tenant_id, group_id)
  UNION
  SELECT e.tenant_id, e.member_id FROM below JOIN group_edge e USING (tenant_id, group_id)
), above AS (
  SELECT * FROM below
  UNION
  SELECT e.tenant_id, e.group_id FROM above JOIN group_edge e ON e.tenant_id = above.tenant_id AND e.member_id = above.group_id
)
SELECT e.tenant_id AS "tenantId", e.group_id AS "groupId", e.member_id AS "memberId"
FROM above JOIN group_edge e ON e.tenant_id = above.tenant_id AND e.member_id = above.group_id`,
};

/** Every edge between these groups, those below them, and those over any of them. */
export async function findEdges(tx: EntityManager, groups: Named[]): Promise<Edge[]> {
  return run<Edge>(tx, FIND_EDGES, groupColumns(groups));
}

const FIND_LIGHT_GROUPS: Prepared = {
  name: 'find_light_groups',
  text: 'SELECT tenant_id AS "tenantId", name FROM light_group WHERE tenant_id = ANY($1::uuid[])',
};

/** The names of the light groups of those tenants that do not have the default. */
export async function findLightGroups(tx: EntityManager, tenantIds: string[]): Promise<Map<string, string>> {
  const rows = await run<{ tenantId: string; name: string }>(tx, FIND_LIGHT_GROUPS, [tenantIds]);
  return new Map(rows.map(({ tenantId, name }) => [tenantId, name]));
}

const FIND_MEMBERS: Prepared = {
  name: 'find_members',
  text: `SELECT tenant_id AS "tenantId", group_id AS "groupId", user_id AS "userId"
FROM group_member JOIN unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS wanted (tenant_id, group_id, user_id)
  USING (tenant_id, group_id, user_id)`,
};

/** Of these people in these groups, those who are in them. */
export async function findMembers(tx: EntityManager, members: Member[]): Promise<Member[]> {
  return members.length === 0 ? [] : run<Member>(tx, FIND_MEMBERS, memberColumns(members));
}

const FIND_ALL_MEMBERS: Prepared = {
  name: 'find_all_members',
  text: `SELECT tenant_id AS "tenantId", group_id AS "groupId", user_id AS "userId"
FROM group_member JOIN unnest($1::uuid[], $2::uuid[]) AS wanted (tenant_id, group_id) USING (tenant_id, group_id)`,
};

/** Everybody who is directly in these groups. */
export async function findAllMembers(tx: EntityManager, groups: Named[]): Promise<Member[]> {
  return groups.length === 0 ? [] : run<Member>(tx, FIND_ALL_MEMBERS, groupColumns(groups));
}

/** Members of a group with ids in a stretch, who are not among these. */
export async function findOtherMembers(
  tx: EntityManager,
  { tenantId, groupId }: Named,
  { after, through, users }: { after: string | null; through: string | null; users: string[] },
): Promise<string[]> {
  const rows: { id: string }[] = await tx.query(
    `SELECT user_id AS id FROM group_member WHERE tenant_id = $1 AND group_id = $2
       AND ($3::uuid IS NULL OR user_id > $3) AND ($4::uuid IS NULL OR user_id <= $4) AND NOT user_id = ANY ($5::uuid[])`,
    [tenantId, groupId, after, through, users],
  );
  return rows.map(({ id }) => id);
}

/** Groups in a group that are not among these. */
export async function findOtherEdges(
  tx: EntityManager,
  { tenantId, groupId }: Named,
  groups: string[],
): Promise<string[]> {
  const rows: { id: string }[] = await tx.query(
    `SELECT member_id AS id FROM group_edge WHERE tenant_id = $1 AND group_id = $2 AND NOT member_id = ANY ($3::uuid[])`,
    [tenantId, groupId, groups],
  );
  return rows.map(({ id }) => id);
}

const FIND_STANDINGS: Prepared = {
  name: 'find_standings',
  text: `SELECT m.tenant_id AS "tenantId", m.user_id AS "userId",
  (count(*) FILTER (WHERE g.effect = 'light'))::integer AS light, (count(*) FILTER (WHERE g.effect = 'core'))::integer AS core
FROM group_member m JOIN unnest($1::uuid[], $2::uuid[]) AS wanted (tenant_id, user_id) USING (tenant_id, user_id)
JOIN directory_group g ON g.tenant_id = m.tenant_id AND g.group_id = m.group_id
GROUP BY m.tenant_id, m.user_id`,
};

/** Where people stand by the groups that they are in now: for those who have no seat that would say it. */
export async function findStandings(tx: EntityManager, people: Person[]): Promise<(Person & { standing: Standing })[]> {
  if (people.length === 0) return [];
  const rows = await run<Person & Standing>(tx, FIND_STANDINGS, [
    people.map(({ tenantId }) => tenantId),
    people.map(({ userId }) => userId),
  ]);
  return rows.map(({ tenantId, userId, light, core }) => ({ tenantId, userId, standing: { light, core } }));
}

const SAVE_GROUPS: Prepared = {
  name: 'save_groups',
  text: `INSERT INTO directory_group (tenant_id, group_id, display_name, managed, version, gone, effect)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::boolean[], $5::bigint[], $6::boolean[], $7::text[])
ON CONFLICT (tenant_id, group_id) DO UPDATE SET display_name = excluded.display_name, managed = excluded.managed,
  version = excluded.version, gone = excluded.gone, effect = excluded.effect`,
};

const DROP_MEMBERS_OF: Prepared = {
  name: 'drop_members_of_groups',
  text: `DELETE FROM group_member USING unnest($1::uuid[], $2::uuid[]) AS gone (tenant_id, group_id)
WHERE group_member.tenant_id = gone.tenant_id AND group_member.group_id = gone.group_id`,
};

/** Saves groups; those that are gone lose their members. */
export async function saveGroups(tx: EntityManager, groups: Group[]): Promise<void> {
  if (groups.length === 0) return;
  await run(tx, SAVE_GROUPS, [
    ...groupColumns(groups),
    groups.map(({ displayName }) => displayName),
    groups.map(({ managed }) => managed),
    groups.map(({ version }) => version),
    groups.map(({ gone }) => gone),
    groups.map(({ effect }) => effect),
  ]);
  const gone = groups.filter((group) => group.gone);
  if (gone.length > 0) await run(tx, DROP_MEMBERS_OF, groupColumns(gone));
}

const ADD_MEMBERS: Prepared = {
  name: 'add_group_members',
  text: `INSERT INTO group_member (tenant_id, group_id, user_id)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) ON CONFLICT DO NOTHING`,
};
const DROP_MEMBERS: Prepared = {
  name: 'drop_group_members',
  text: `DELETE FROM group_member USING unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS left_it (tenant_id, group_id, user_id)
WHERE group_member.tenant_id = left_it.tenant_id AND group_member.group_id = left_it.group_id
  AND group_member.user_id = left_it.user_id`,
};
const DROP_MEMBERSHIPS: Prepared = {
  name: 'drop_memberships_of_users',
  text: `DELETE FROM group_member USING unnest($1::uuid[], $2::uuid[]) AS gone (tenant_id, user_id)
WHERE group_member.tenant_id = gone.tenant_id AND group_member.user_id = gone.user_id`,
};

/** Saves who joined and who left; those who departed lose every membership. */
export async function saveMembers(
  tx: EntityManager,
  { joined, left, departed }: { joined: Member[]; left: Member[]; departed: Person[] },
): Promise<void> {
  if (left.length > 0) await run(tx, DROP_MEMBERS, memberColumns(left));
  if (joined.length > 0) await run(tx, ADD_MEMBERS, memberColumns(joined));
  if (departed.length > 0) {
    await run(tx, DROP_MEMBERSHIPS, [departed.map(({ tenantId }) => tenantId), departed.map(({ userId }) => userId)]);
  }
}

const ADD_EDGES: Prepared = {
  name: 'add_group_edges',
  text: `INSERT INTO group_edge (tenant_id, group_id, member_id)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) ON CONFLICT DO NOTHING`,
};
const DROP_EDGES: Prepared = {
  name: 'drop_group_edges',
  text: `DELETE FROM group_edge USING unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS parted (tenant_id, group_id, member_id)
WHERE group_edge.tenant_id = parted.tenant_id AND group_edge.group_id = parted.group_id
  AND group_edge.member_id = parted.member_id`,
};

export async function saveEdges(tx: EntityManager, { joined, parted }: { joined: Edge[]; parted: Edge[] }) {
  if (parted.length > 0) await run(tx, DROP_EDGES, edgeColumns(parted));
  if (joined.length > 0) await run(tx, ADD_EDGES, edgeColumns(joined));
}

function groupColumns(groups: Named[]): [string[], string[]] {
  return [groups.map(({ tenantId }) => tenantId), groups.map(({ groupId }) => groupId)];
}

function memberColumns(members: Member[]): string[][] {
  return [...groupColumns(members), members.map(({ userId }) => userId)];
}

function edgeColumns(edges: Edge[]): string[][] {
  return [...groupColumns(edges), edges.map(({ memberId }) => memberId)];
}
