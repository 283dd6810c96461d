import { KEYS, PLANS } from '#billing-api/billing';
import { newId } from '#runtime/ids';
import { eventually } from '../../test/harness/eventually.ts';
import { residentMb } from '../../test/harness/memory.ts';
import type { System } from '../../test/harness/system.ts';
import { percentile } from '../measure/percentile.ts';

/** How long a question to the HTTP API takes, milliseconds. */
export interface Took {
  first: number;
  p50: number;
  most: number;
  /** resident memory of billing meanwhile, MB at most */
  memory: number;
}

const SAMPLE_MS = 20;
const INSTANTS = 100;
const PREVIEWS = 9;
const DAYS = 360;
/** Longer than billing waits before it begins and closes what is due. */
const JOB_MS = 300_000;

/** People who come and go all the time, `$3` lines over a year, the newest first told now; every seventh line frees a seat. */
const LINES = `
INSERT INTO ledger_line (tenant_id, sequence, id, user_id, kind, effective_at, recorded_at, event_id, event_type,
                         command_id, request_id, actor, in_use, in_use_light, seat_class)
SELECT $1, n, gen_random_uuid(), gen_random_uuid(), CASE WHEN n % 7 = 0 THEN 'released' ELSE 'occupied' END,
       $2::timestamptz - interval '${DAYS} days' + n * interval '${DAYS} days' / $3::integer, now(),
       gen_random_uuid(), 'user.created.v1', gen_random_uuid(), 'bench', 'bench', n - 2 * (n / 7), 0, 'core'
FROM generate_series(1, $3::integer) AS n`;

/** `$3` lines of people who came and left again in the year before, and so many people (`$4`) who came then and stayed. */
const PEOPLE = `
WITH person AS (
  SELECT gen_random_uuid() AS user_id, n <= $3::integer / 2 AS left_again,
         $2::timestamptz - interval '2 years' + n * interval '1 year' / ($3::integer / 2 + $4::integer) AS at
  FROM generate_series(1, $3::integer / 2 + $4::integer) AS n
), happened AS (
  SELECT user_id, 'occupied' AS kind, at FROM person
  UNION ALL SELECT user_id, 'released', at + interval '1 day' FROM person WHERE left_again
), line AS (
  INSERT INTO ledger_line (tenant_id, sequence, id, user_id, kind, effective_at, recorded_at, event_id, event_type,
                           command_id, request_id, actor, in_use, in_use_light, seat_class)
  SELECT $1::uuid, row_number() OVER happening, gen_random_uuid(), user_id, kind, at, at, gen_random_uuid(), 'user.created.v1',
         gen_random_uuid(), 'bench', 'bench', sum(CASE kind WHEN 'occupied' THEN 1 ELSE -1 END) OVER happening, 0, 'core'
  FROM happened WINDOW happening AS (ORDER BY at, user_id)
  RETURNING tenant_id, user_id, kind, sequence, effective_at
)
INSERT INTO seat (tenant_id, user_id, user_name, occupied, active, version, since, light_groups, core_groups, last_line,
                  last_line_at)
SELECT DISTINCT ON (user_id) tenant_id, user_id, user_id || '@example.com', kind = 'occupied', kind = 'occupied', 1, effective_at,
       0, 0, sequence, effective_at
FROM line ORDER BY user_id, sequence DESC`;

const BALANCE = `
INSERT INTO balance (tenant_id, in_use, sequence) VALUES ($1, $2, $3)
ON CONFLICT (tenant_id) DO UPDATE SET in_use = excluded.in_use, sequence = excluded.sequence`;

const LAST_MONTH = `
UPDATE term SET starts_at = date_trunc('month', now(), 'UTC') - interval '1 month', ends_at = date_trunc('month', now(), 'UTC')
WHERE tenant_id = $1`;

/** Seats at past instants of a tenant with so many ledger lines; `first` is the first question there ever was. */
export async function instants(system: System, lines: number, afterMs: () => Promise<void>): Promise<Took> {
  const tenantId = newId();
  const { billing } = system.databases;
  const now = new Date();
  await billing.query(LINES, [tenantId, now, lines]);
  await billing.query(BALANCE, [tenantId, lines - 2 * Math.floor(lines / 7), lines]);
  await billing.query('ANALYZE ledger_line');
  await afterMs();
  const ask = await asker(system, tenantId);
  return timed(system, INSTANTS, () => {
    const at = new Date(now.getTime() - Math.random() * DAYS * 86_400_000).toISOString();
    return ask(`/seats?at=${at}`);
  });
}

/**
 * The invoice preview of a tenant with so many seats, and so many ledger lines of people who are gone.
 *
 * @param together how many ask at once
 */
export async function previews(
  system: System,
  { seats, past, together }: { seats: number; past: number; together: number },
): Promise<Took> {
  const tenantId = await tenantWithTerm(system, seats, past);
  const ask = await asker(system, tenantId);
  const one = () => ask('/invoices/preview?limit=100');
  return timed(system, PREVIEWS, () => Promise.all(Array.from({ length: together }, one)));
}

/** The close of a month of such a tenant: `ms` from the beginning of the job that closes it to the commit. */
export async function termClose(
  system: System,
  { seats, past }: { seats: number; past: number },
): Promise<{ ms: number; memory: number }> {
  const { billing } = system.databases;
  const tenantId = await tenantWithTerm(system, seats, past);
  const found = <Row>(query: string): Promise<Row> =>
    eventually(async () => {
      const [row]: Row[] = await billing.query(query, [tenantId]);
      if (!row) throw new Error('billing has not done its jobs');
      return row;
    }, JOB_MS);
  await found('SELECT FROM balance WHERE tenant_id = $1 AND term IS NOT NULL');
  await billing.query(LAST_MONTH, [tenantId]);
  const memory = sampled(system);
  try {
    const closed = 'SELECT closed_at AS "at" FROM term WHERE tenant_id = $1 AND closed_at IS NOT NULL';
    const { at } = await found<{ at: Date }>(closed);
    return { ms: Date.now() - at.getTime(), memory: memory.most() };
  } finally {
    memory.end();
  }
}

/** A tenant with a monthly plan that began with so many seats, all of them core, and with so many lines of people who left before. */
async function tenantWithTerm(system: System, seats: number, past: number): Promise<string> {
  const tenantId = newId();
  const { billing } = system.databases;
  const plan = { currency: 'EUR', prices: { core: 1000, light: 250 }, every: 'month', anchorDay: 1, timeZone: 'UTC' };
  await system.ask.billing(PLANS.set, { tenantId, plan, applies: 'next_term', actor: 'bench' });
  await billing.query(PEOPLE, [tenantId, new Date(), past, seats]);
  await billing.query(BALANCE, [tenantId, seats, seats + past]);
  await billing.query('ANALYZE ledger_line');
  await billing.query('ANALYZE seat');
  return tenantId;
}

async function asker(system: System, tenantId: string): Promise<(path: string) => Promise<void>> {
  const { key } = await system.ask.billing<{ key: string }>(KEYS.create, { tenantId });
  return async (path) => {
    const response = await fetch(`${system.billing.url}/v1/tenants/${tenantId}${path}`, {
      headers: { authorization: `Bearer ${key}` },
    });
    const body = await response.text();
    if (response.status !== 200) throw new Error(`GET ${path} was answered ${response.status}: ${body}`);
  };
}

async function timed(system: System, times: number, question: () => Promise<unknown>): Promise<Took> {
  const took: number[] = [];
  const memory = sampled(system);
  try {
    for (let n = 0; n < times; n += 1) {
      const began = performance.now();
      await question();
      took.push(performance.now() - began);
    }
  } finally {
    memory.end();
  }
  const [first = Number.NaN, ...rest] = took;
  const sorted = rest.toSorted((a, b) => a - b);
  return { first, p50: percentile(sorted, 0.5), most: percentile(sorted, 1), memory: memory.most() };
}

/** What billing's memory is at most until `end`, MB. */
function sampled({ billing }: System): { most: () => number; end: () => void } {
  let most = 0;
  const sampler = setInterval(() => {
    if (billing.isRunning) most = Math.max(most, residentMb(billing.pid));
  }, SAMPLE_MS);
  return { most: () => most, end: () => clearInterval(sampler) };
}
