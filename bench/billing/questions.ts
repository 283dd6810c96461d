import { KEYS, PLANS } from '#billing-api/billing';
import { newId } from '#runtime/ids';
import type { System } from '../../test/harness/system.ts';
import { percentile } from '../measure/percentile.ts';

/** How long a question to the HTTP API takes, milliseconds. */
export interface Took {
  first: number;
  p50: number;
  most: number;
}

const INSTANTS = 100;
const PREVIEWS = 9;
const DAYS = 360;

/** People who come and go all the time, `$3` lines over a year, the newest first told now; every seventh line frees a seat. */
const LINES = `
INSERT INTO ledger_line (tenant_id, sequence, id, user_id, kind, effective_at, recorded_at, event_id, event_type,
                         command_id, request_id, actor, in_use, in_use_light, seat_class)
SELECT $1, n, gen_random_uuid(), gen_random_uuid(), CASE WHEN n % 7 = 0 THEN 'released' ELSE 'occupied' END,
       $2::timestamptz - interval '${DAYS} days' + n * interval '${DAYS} days' / $3::integer, now(),
       gen_random_uuid(), 'user.created.v1', gen_random_uuid(), 'bench', 'bench', n - 2 * (n / 7), 0, 'core'
FROM generate_series(1, $3::integer) AS n`;

/** So many people who are all in a seat, made today. */
const SEATS = `
INSERT INTO ledger_line (tenant_id, sequence, id, user_id, kind, effective_at, recorded_at, event_id, event_type,
                         command_id, request_id, actor, in_use, in_use_light, seat_class)
SELECT $1, n, gen_random_uuid(), gen_random_uuid(), 'occupied', $2::timestamptz + n * interval '1 ms', now(),
       gen_random_uuid(), 'user.created.v1', gen_random_uuid(), 'bench', 'bench', n, 0, 'core'
FROM generate_series(1, $3::integer) AS n`;

const BALANCE = `
INSERT INTO balance (tenant_id, in_use, sequence) VALUES ($1, $2, $3)
ON CONFLICT (tenant_id) DO UPDATE SET in_use = excluded.in_use, sequence = excluded.sequence`;

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
  return timed(INSTANTS, () => {
    const at = new Date(now.getTime() - Math.random() * DAYS * 86_400_000).toISOString();
    return ask(`/seats?at=${at}`);
  });
}

/** The invoice preview of a tenant with so many seats. */
export async function previews(system: System, seats: number): Promise<Took> {
  const tenantId = newId();
  const { billing } = system.databases;
  const plan = { currency: 'EUR', prices: { core: 1000, light: 250 }, every: 'month', anchorDay: 1, timeZone: 'UTC' };
  await system.ask.billing(PLANS.set, { tenantId, plan, applies: 'next_term', actor: 'bench' });
  await billing.query(SEATS, [tenantId, new Date(), seats]);
  await billing.query(BALANCE, [tenantId, seats, seats]);
  await billing.query('ANALYZE ledger_line');
  const ask = await asker(system, tenantId);
  return timed(PREVIEWS, () => ask('/invoices/preview?limit=100'));
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

async function timed(times: number, question: () => Promise<void>): Promise<Took> {
  const took: number[] = [];
  for (let n = 0; n < times; n += 1) {
    const began = performance.now();
    await question();
    took.push(performance.now() - began);
  }
  const [first = Number.NaN, ...rest] = took;
  const sorted = rest.toSorted((a, b) => a - b);
  return { first, p50: percentile(sorted, 0.5), most: percentile(sorted, 1) };
}
