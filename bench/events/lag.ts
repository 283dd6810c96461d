import { setTimeout as delay } from 'node:timers/promises';
import { USER_URN } from '#scim/user';
import { startSystem, type Team } from '../../test/harness/system.ts';
import { authorization } from '../../tools/okta/src/transport.ts';

type System = Awaited<ReturnType<typeof startSystem>>;

export interface Lag {
  title: string;
  /** writes that were answered with 201, a second */
  perSecond: number;
  /** from the time a change has in the directory to the time its ledger line has in billing, milliseconds */
  p50: number;
  p99: number;
  most: number;
}

const TEAMS = 8;
const IDLE_WRITES = 100;
const IDLE_PAUSE_MS = 50;
const PATIENCE_MS = 60_000;

const LAG = `
SELECT count(*)::int AS lines, percentile_disc(0.5) WITHIN GROUP (ORDER BY ms) AS p50,
       percentile_disc(0.99) WITHIN GROUP (ORDER BY ms) AS p99, max(ms) AS most
FROM (SELECT (extract(epoch FROM recorded_at - effective_at) * 1000)::float8 AS ms
      FROM ledger_line WHERE recorded_at >= $1) AS lines`;

/** Users created through the gateway until they are counted, one by one and then at a steady rate whatever the answers take. */
export async function lags(rates: readonly number[], seconds: number, say: (line: string) => void): Promise<Lag[]> {
  const system = await startSystem({ env: { 'scim-gateway': { RATE_LIMIT: '1000000000' } } });
  try {
    const teams: Team[] = [];
    for (let n = 0; n < TEAMS; n += 1) teams.push(await system.createTeam());
    const create = creator(teams);
    say('warming up');
    await atRate(create, Math.max(...rates), Math.min(seconds, 5));
    await counted(system, teams, create.made);
    const measured: Lag[] = [];
    say('idle');
    measured.push(
      await lagOf(system, teams, create, `one by one, ${IDLE_PAUSE_MS} ms apart`, async () => {
        for (let n = 0; n < IDLE_WRITES; n += 1) {
          await create.one();
          await delay(IDLE_PAUSE_MS);
        }
      }),
    );
    for (const rate of rates) {
      say(`${rate} writes a second`);
      measured.push(await lagOf(system, teams, create, `${rate} a second`, () => atRate(create, rate, seconds)));
    }
    return measured;
  } finally {
    await system.stop();
  }
}

type Creator = ReturnType<typeof creator>;

function creator(teams: Team[]) {
  const authorizations = teams.map(({ username, token }) => authorization({ mode: 'basic', username, token }));
  const state = {
    made: 0,
    sent: 0,
    async one(): Promise<void> {
      const n = state.sent++;
      const team = teams[n % teams.length];
      const response = await fetch(`${team?.scimBaseUrl}/Users`, {
        method: 'POST',
        headers: {
          'content-type': 'application/scim+json',
          authorization: authorizations[n % teams.length] ?? '',
        },
        body: JSON.stringify({ schemas: [USER_URN], userName: `person-${n}@example.com`, active: true }),
      });
      const body = await response.text();
      if (response.status !== 201) throw new Error(`a create was answered ${response.status}: ${body}`);
      state.made += 1;
    },
  };
  return state;
}

async function atRate(create: Creator, rate: number, seconds: number): Promise<void> {
  const began = performance.now();
  const answers: Promise<void>[] = [];
  let failure: unknown;
  for (let n = 0; n < rate * seconds && failure === undefined; n += 1) {
    const wait = began + (n * 1_000) / rate - performance.now();
    if (wait > 1) await delay(wait);
    const answered = create.one().catch((error: unknown) => {
      failure = error;
    });
    answers.push(answered);
  }
  await Promise.all(answers);
  if (failure !== undefined) throw failure;
}

async function lagOf(
  { databases, ...system }: System,
  teams: Team[],
  create: Creator,
  title: string,
  work: () => Promise<void>,
): Promise<Lag> {
  const [before] = await databases.billing.query<{ at: Date }[]>('SELECT clock_timestamp() AS at');
  const made = create.made;
  const began = performance.now();
  await work();
  const perSecond = (create.made - made) / ((performance.now() - began) / 1_000);
  await counted({ databases, ...system }, teams, create.made);
  const [lag] = await databases.billing.query<Omit<Lag, 'title' | 'perSecond'>[]>(LAG, [before?.at]);
  if (!lag) throw new Error('no ledger line was written');
  return { title, perSecond, ...lag };
}

async function counted({ databases }: System, teams: Team[], made: number): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const [row] = await databases.billing.query<{ seats: number }[]>(
      'SELECT coalesce(sum(in_use), 0)::int AS seats FROM balance WHERE tenant_id = ANY($1::uuid[])',
      [teams.map(({ tenantId }) => tenantId)],
    );
    if (row?.seats === made) return;
    if (performance.now() > end) throw new Error(`billing counts ${row?.seats} seats, not ${made}`);
    await delay(50);
  }
}
