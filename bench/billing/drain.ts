import { setTimeout as delay } from 'node:timers/promises';
import { RabbitConnection } from '#rabbit/connection';
import { DIRECTORY_EVENTS } from '#rabbit/topology';
import { USER_URN } from '#scim/user';
import { residentMb } from '../../test/harness/memory.ts';
import type { System, Team } from '../../test/harness/system.ts';
import { authorization } from '../../tools/okta/src/transport.ts';
import { cpuBetween, cpuOf, cpuOfTree } from '../measure/cpu.ts';
import { percentile } from '../measure/percentile.ts';
import { type Backlog, publish } from './events.ts';

export interface Drained {
  /** from the first event that was applied to the last that was told on */
  perSecond: number;
  seconds: number;
  /** resident memory of billing, MB: at most, and the mean of the first and of the last third */
  memory: { most: number; first: number; last: number };
  /** CPU seconds by process */
  cpu: Record<string, number>;
  /** SCIM writes meanwhile, where there were any */
  writes: { perSecond: number; p50: number; p99: number } | undefined;
}

const LOOK_MS = 500;

const DONE = `
SELECT (SELECT count(*) FROM inbox WHERE tenant_id = ANY ($1::uuid[]))::int AS applied,
       EXISTS (SELECT FROM outbox WHERE published_at IS NULL) AS waiting`;

const SPAN = `
SELECT extract(epoch FROM (SELECT max(published_at) FROM outbox WHERE tenant_id = ANY ($1::uuid[])) - min(recorded_at))::float8 AS seconds
FROM ledger_line WHERE tenant_id = ANY ($1::uuid[])`;

interface Options {
  system: System;
  all: Backlog;
  /** SCIM creates a second of this team meanwhile */
  writes?: { team: Team; perSecond: number };
  pids: { postgres: number; rabbitmq: number };
  say: (line: string) => void;
}

/** Lets events wait while billing is away, and measures how it takes them when it is back. */
export async function drain({ system, all, writes, pids, say }: Options): Promise<Drained> {
  await system.billing.stop();
  const connection = new RabbitConnection(system.amqpUrl, 'bench', [DIRECTORY_EVENTS]);
  await publish(connection, all, (sent) => say(`  ${sent} of ${all.events} events wait`));
  await connection.close();
  const cpu = () => ({
    billing: system.billing.isRunning ? cpuOf(system.billing.pid) : 0,
    postgres: cpuOfTree(pids.postgres),
    rabbitmq: cpuOfTree(pids.rabbitmq),
  });
  const before = cpu();
  await system.billing.start();
  const writing = writes && writeAtRate(writes.team, writes.perSecond);
  const memory: number[] = [];
  for (let said = 0; ; ) {
    const [row] = await system.databases.billing.query<{ applied: number; waiting: boolean }[]>(DONE, [all.tenantIds]);
    memory.push(residentMb(system.billing.pid));
    if (row?.applied === all.events && !row.waiting) break;
    if ((row?.applied ?? 0) - said >= 100_000) {
      said = row?.applied ?? 0;
      say(`  ${said} of ${all.events} events are applied`);
    }
    await delay(LOOK_MS);
  }
  const written = await writing?.stop();
  const [span] = await system.databases.billing.query<{ seconds: number }[]>(SPAN, [all.tenantIds]);
  const seconds = span?.seconds ?? Number.NaN;
  const third = Math.max(1, Math.floor(memory.length / 3));
  return {
    perSecond: all.events / seconds,
    seconds,
    memory: { most: Math.max(...memory), first: mean(memory.slice(0, third)), last: mean(memory.slice(-third)) },
    cpu: cpuBetween(before, cpu()),
    writes: written,
  };
}

function writeAtRate(team: Team, perSecond: number) {
  const headers = {
    'content-type': 'application/scim+json',
    authorization: authorization({ mode: 'basic', username: team.username, token: team.token }),
  };
  const took: number[] = [];
  const answers: Promise<void>[] = [];
  const began = performance.now();
  const one = async (n: number) => {
    const sent = performance.now();
    const body = JSON.stringify({ schemas: [USER_URN], userName: `meanwhile-${n}@example.com`, active: true });
    const { status } = await fetch(`${team.scimBaseUrl}/Users`, { method: 'POST', headers, body });
    if (status !== 201) throw new Error(`a create was answered ${status}`);
    took.push(performance.now() - sent);
  };
  const timer = setInterval(() => answers.push(one(answers.length)), 1_000 / perSecond);
  return {
    async stop() {
      clearInterval(timer);
      const seconds = (performance.now() - began) / 1_000;
      await Promise.all(answers);
      const sorted = took.toSorted((a, b) => a - b);
      return { perSecond: took.length / seconds, p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) };
    },
  };
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
