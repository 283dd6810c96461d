import { Client } from 'pg';
import { createDatabase } from '../../test/harness/database.ts';
import { type Backlog, eventsOf } from './events.ts';

/** As many events in a transaction as billing takes at most. */
const BATCH = 200;

const TABLES = `
CREATE TABLE seen (tenant_id uuid, event_id uuid, PRIMARY KEY (tenant_id, event_id));
CREATE TABLE line (tenant_id uuid, sequence bigint, user_id uuid, kind text, at timestamptz, event_id uuid, in_use integer,
                   PRIMARY KEY (tenant_id, sequence));
CREATE TABLE total (tenant_id uuid PRIMARY KEY, sequence bigint, in_use integer);
CREATE TABLE waiting (tenant_id uuid, id uuid, event json, published_at timestamptz, PRIMARY KEY (tenant_id, id));`;

/**
 * One process straight on Postgres: of the same events it keeps the id, a line with a count, the tenant's total and an event to
 * be told, in transactions of 200. It reads nothing, decides nothing, publishes nothing. @returns events a second
 */
export async function bareRate(all: Backlog): Promise<number> {
  const database = await createDatabase();
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    await client.query(TABLES);
    const totals = new Map<string, { sequence: number; inUse: number }>();
    const events = [...eventsOf(all)];
    const began = performance.now();
    for (let from = 0; from < events.length; from += BATCH) {
      const batch = events.slice(from, from + BATCH);
      const lines = batch.map((event) => {
        const total = totals.get(event.tenantid) ?? { sequence: 0, inUse: 0 };
        total.sequence += 1;
        total.inUse += event.type === 'user.deactivated.v1' ? -1 : 1;
        totals.set(event.tenantid, total);
        return { event, ...total };
      });
      const tenants = batch.map(({ tenantid }) => tenantid);
      const ids = batch.map(({ id }) => id);
      await client.query('BEGIN');
      await client.query('INSERT INTO seen SELECT * FROM unnest($1::uuid[], $2::uuid[])', [tenants, ids]);
      await client.query(
        `INSERT INTO line SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::timestamptz[], $6::uuid[], $7::int[])`,
        [
          tenants,
          lines.map(({ sequence }) => sequence),
          batch.map(({ data }) => (data as { userId: string }).userId),
          batch.map(({ type }) => type),
          batch.map(({ time }) => time),
          ids,
          lines.map(({ inUse }) => inUse),
        ],
      );
      const changed = [...new Set(tenants)];
      await client.query(
        `INSERT INTO total SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::int[])
         ON CONFLICT (tenant_id) DO UPDATE SET sequence = excluded.sequence, in_use = excluded.in_use`,
        [
          changed,
          changed.map((tenant) => totals.get(tenant)?.sequence),
          changed.map((tenant) => totals.get(tenant)?.inUse),
        ],
      );
      await client.query(
        'INSERT INTO waiting (tenant_id, id, event) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::json[])',
        [tenants, ids, lines.map(({ event }) => JSON.stringify(event))],
      );
      await client.query('COMMIT');
    }
    return events.length / ((performance.now() - began) / 1_000);
  } finally {
    await client.end();
    await database.drop();
  }
}
