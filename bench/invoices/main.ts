import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { migrate } from '#postgres/migrate';
import { openDatabase } from '#postgres/open';
import { Clock } from '#runtime/clock';
import { newId } from '#runtime/ids';
import { billingDatabase } from '../../apps/billing/src/database.ts';
import { InvoicesService } from '../../apps/billing/src/invoices/invoices.service.ts';
import { PlansService } from '../../apps/billing/src/invoices/plans.service.ts';
import { closeDueTerms } from '../../apps/billing/src/invoices/term-close.ts';

const DAY_MS = 86_400_000;
const ROUNDS = 5;
const PLAN = { currency: 'EUR', prices: { core: 1000, light: 250 }, every: 'month', anchorDay: 1, timeZone: 'UTC' };

const LEDGER = `
INSERT INTO ledger_line (tenant_id, sequence, id, user_id, kind, effective_at, recorded_at, event_id, event_type,
                         command_id, request_id, actor, in_use, in_use_light, seat_class)
SELECT $1, n, gen_random_uuid(), gen_random_uuid(), 'occupied', $2::timestamptz + n * interval '1 ms', now(),
       gen_random_uuid(), 'user.created.v1', gen_random_uuid(), 'bench', 'bench', n, 0, 'core'
FROM generate_series(1, $3::integer) AS n`;

class SetClock extends Clock {
  at = new Date();

  override now(): Date {
    return this.at;
  }
}

/**
 * How long a preview and the close of a term take for a tenant of so many seats, in a database of its own on the server of
 * `DATABASE_URL`. The first preview buys the seats in the term, those after the close renew them.
 */
const { values } = parseArgs({ options: { seats: { type: 'string', default: '100000' } } });
const server = process.env.DATABASE_URL;
if (!server) throw new Error('DATABASE_URL is not set: it names a Postgres where a database may be made');
const url = new URL(server);
const name = `bench_${randomBytes(6).toString('hex')}`;
const admin = new Client({ connectionString: server });
await admin.connect();
await admin.query(`CREATE DATABASE ${name}`);
url.pathname = `/${name}`;
await migrate(billingDatabase(url.href));
const dataSource = await openDatabase(billingDatabase(url.href, 10));
try {
  const clock = new SetClock();
  const tenantId = newId();
  const asked = { tenantId, plan: PLAN, applies: 'next_term', actor: 'bench' } as const;
  await new PlansService(dataSource, clock).set(asked, { commandId: newId(), requestId: 'bench' });
  await dataSource.query(LEDGER, [tenantId, clock.now(), Number(values.seats)]);
  await dataSource.query('UPDATE balance SET in_use = $2::integer, sequence = $2::integer WHERE tenant_id = $1', [
    tenantId,
    Number(values.seats),
  ]);
  await dataSource.query('ANALYZE ledger_line');
  const invoices = new InvoicesService(dataSource, clock);
  const previews = async (what: string) => {
    for (let round = 1; round <= ROUNDS; round++) {
      const start = performance.now();
      const invoice = await invoices.preview({ tenantId, after: 0, limit: 100 });
      told(`${what}, ${invoice?.lineCount} lines`, start);
    }
  };
  await previews('preview of purchases');
  clock.at = new Date(clock.at.getTime() + 32 * DAY_MS);
  const start = performance.now();
  await closeDueTerms(dataSource, clock.now(), 0);
  told('close of the term', start);
  await previews('preview of renewals');
} finally {
  await dataSource.destroy();
  await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
  await admin.end();
}

function told(what: string, start: number): void {
  console.log(`${what}: ${Math.round(performance.now() - start)} ms`);
}
