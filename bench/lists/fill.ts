import type { Directory } from './directory.ts';

const BATCH = 50_000;

/** Members of the large group, at most. */
export const LARGE = 100_000;

/** The SQL of the n-th id, of a user or a group, in the form and order of those that are made one by one. */
function idOf(n: string): string {
  return `(lpad(to_hex(1700000000000 + ${n}), 12, '0') || '70008000' || lpad(to_hex(${n}), 12, '0'))::uuid`;
}

/** The same id as text. */
export function nthId(n: number): string {
  const hex = (number: number) => number.toString(16).padStart(12, '0');
  return `${hex(1_700_000_000_000 + n).replace(/^.{8}/, '$&-')}-7000-8000-${hex(n)}`;
}

/** n = 1 … users: every tenth inactive, everybody changed long ago but for the last hundred. */
const USERS = `
INSERT INTO users (tenant_id, id, user_name, user_name_key, external_id, active, managed_by, data, version, created_at, updated_at,
                   display_name_key, email_keys)
SELECT $1::uuid, ${idOf('n')}, name, name, '00u' || n, n % 10 <> 0, $2::uuid,
       jsonb_build_object('schemas', ARRAY['urn:ietf:params:scim:schemas:core:2.0:User'], 'userName', name, 'externalId', '00u' || n,
         'displayName', 'Person ' || n, 'name', jsonb_build_object('givenName', 'Person', 'familyName', 'Number ' || n),
         'emails', jsonb_build_array(jsonb_build_object('value', name, 'type', 'work', 'primary', true)),
         'title', 'Engineer ' || n % 100, 'locale', 'en-GB', 'timezone', 'Europe/London', 'active', n % 10 <> 0),
       1, timestamptz '2026-01-01' + n * interval '1 ms',
       CASE WHEN n > $5 - 100 THEN timestamptz '2026-09-01' ELSE timestamptz '2026-01-01' END + n * interval '1 ms',
       'person ' || n, ARRAY[name]
FROM generate_series($3::int, $4::int) AS n, LATERAL (SELECT 'person.' || n || '@example.com' AS name) AS named`;

/** n = 0 … 1,000 */
const GROUPS = `
INSERT INTO groups (tenant_id, id, display_name, display_name_key, origin, managed_by, data, version, created_at, updated_at)
SELECT $1::uuid, ${idOf('n')}, 'Group ' || n, 'group ' || n, 'idp', $2::uuid, jsonb_build_object('displayName', 'Group ' || n), 1, now(), now()
FROM generate_series(0, 1000) AS n`;

/** Group 0 has the first users, every other one up to a hundred from all over the tenant. */
const MEMBERS = `
INSERT INTO memberships (tenant_id, group_id, user_id, local, connection_id)
SELECT $1::uuid, ${idOf('0')}, ${idOf('n')}, false, $2::uuid FROM generate_series(1, $3::int) AS n
UNION
SELECT $1::uuid, ${idOf('g')}, ${idOf('(g * 7919 + i * 99991) % $4::int + 1')}, false, $2::uuid
FROM generate_series(1, 1000) AS g, generate_series(1, 100) AS i`;

/** Fills the directory's tenant with so many users and some groups. */
export async function fill({ dataSource, base }: Directory, users: number): Promise<void> {
  const { tenantId, connectionId } = base;
  for (let from = 1; from <= users; from += BATCH) {
    await dataSource.query(USERS, [tenantId, connectionId, from, Math.min(users, from + BATCH - 1), users]);
  }
  await dataSource.query(GROUPS, [tenantId, connectionId]);
  await dataSource.query(MEMBERS, [tenantId, connectionId, Math.min(users, LARGE), users]);
  await dataSource.query('VACUUM ANALYZE');
}
