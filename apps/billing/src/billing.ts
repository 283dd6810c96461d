import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { measureOutbox, measureParking } from '#outbox/outbox-metrics';
import { Relay } from '#outbox/relay';
import { Replay } from '#outbox/replay';
import { inboxPartitions, outboxPartitions } from '#outbox/retention';
import { keepHouse } from '#postgres/housekeeping';
import { openDatabase } from '#postgres/open';
import { keepDoing } from '#postgres/sole-job';
import { RabbitClient } from '#rabbit/client';
import { RabbitConnection } from '#rabbit/connection';
import { MeasuredServer } from '#rabbit/measured-server';
import {
  BILLING_COMMANDS,
  BILLING_DIRECTORY_EVENTS,
  BILLING_EVENTS,
  DIRECTORY_COMMANDS,
  DIRECTORY_EVENTS,
} from '#rabbit/topology';
import { Clock } from '#runtime/clock';
import { endConnectionsWhenStopping, Readiness } from '#runtime/health';
import { newId } from '#runtime/ids';
import { NestLogger } from '#runtime/logger';
import { measureProcess } from '#runtime/process-metrics';
import type { Running } from '#runtime/start';
import { appModule } from './app.module.ts';
import { billingDatabase } from './database.ts';
import type { Env } from './env.ts';
import { reckonJob } from './history/reckon-job.ts';
import { termJob } from './invoices/term-job.ts';
import { ProblemFilter, problemOf } from './problem/problem.filter.ts';
import { sendProblem } from './problem/problem.ts';
import { Directory } from './reconcile/directory.ts';
import { measureReconciliations, reconcileJob } from './reconcile/reconcile-job.ts';
import { ReconciliationsService } from './reconcile/reconciliations.service.ts';
import { resealSecrets } from './webhooks/reseal.ts';
import { askNameServers, askSystem } from './webhooks/resolve.ts';
import { Seal } from './webhooks/seal.ts';
import { measureWebhooks, WebhookSender } from './webhooks/sender.ts';

/** Database connections: a lane each, the relay, a job each, and what the API asks. */
const POOL = 14;
/** Commands worked on at once; they are few. */
const PREFETCH = 16;

/**
 * Starts billing. HTTP comes first, so that health and the API answer also while the broker is away.
 *
 * @throws when the database is not migrated or the broker holds another topology
 */
export async function startBilling(env: Env): Promise<Running> {
  const dataSource = await openDatabase(billingDatabase(env.DATABASE_URL, POOL));
  const connection = new RabbitConnection(env.AMQP_URL, 'billing', [DIRECTORY_EVENTS]);
  // Seats are counted also while nobody can be told of them.
  const telling = new RabbitConnection(env.AMQP_URL, 'billing-relay', [BILLING_EVENTS]);
  const relay = new Relay(dataSource, telling, BILLING_EVENTS);
  const broker = new MeasuredServer(connection, {
    commands: { queue: BILLING_COMMANDS, prefetch: PREFETCH },
    subscriptions: [BILLING_DIRECTORY_EVENTS],
  });

  const asking = new RabbitClient(connection, { queue: DIRECTORY_COMMANDS, deadlineMs: 10_000, maxInFlight: 64 });

  const insecure = env.ALLOW_INSECURE_WEBHOOKS === 'true';
  const targets = { insecure, resolve: insecure ? askSystem : askNameServers() };
  const seal = Seal.of(env.WEBHOOK_KEYS);
  await resealSecrets(dataSource, seal);
  const app = await NestFactory.create<NestFastifyApplication>(
    appModule(dataSource, new Replay(dataSource, telling, BILLING_EVENTS), new Directory(asking), { targets, seal }),
    new FastifyAdapter({
      genReqId: newId,
      // what Fastify refuses before Nest sees it, such as a path it cannot decode
      frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
        sendProblem(problemOf(error), request, reply),
    }),
    { logger: new NestLogger() },
  );
  app.useGlobalFilters(new ProblemFilter());
  const readiness = app.get(Readiness);
  readiness.require('database', async () => (await dataSource.query('SELECT 1')).length === 1);
  readiness.require('broker', () => broker.isReady);
  readiness.require('relay', () => relay.isReady);

  endConnectionsWhenStopping(app.getHttpAdapter().getInstance(), readiness);
  measureProcess();
  measureOutbox(dataSource);
  measureParking(dataSource);
  measureWebhooks(dataSource);
  measureReconciliations(dataSource);
  const sender = new WebhookSender(dataSource, app.get(Clock), { ...targets, seal });
  const partitions = {
    'the outbox': outboxPartitions(dataSource, env.OUTBOX_RETENTION_DAYS),
    'the inbox': inboxPartitions(dataSource, env.INBOX_RETENTION_DAYS),
  };
  const chores = Object.entries(partitions).map(([of, each]) => [of, (now: Date) => each.maintain(now)]);
  const endHousekeeping = await keepHouse(Object.fromEntries(chores), app.get(Clock));

  app.connectMicroservice({ strategy: broker });
  await app.listen(env.PORT, env.HOST);
  await app.startAllMicroservices();
  await relay.start();
  sender.start();
  const reconciliations = app.get(ReconciliationsService);
  const clock = app.get(Clock);
  const endJobs = [
    termJob(dataSource, clock, env.TERM_CUTOFF_HOURS),
    reconcileJob(dataSource, reconciliations, clock, env.RECONCILE_HOURS),
    reckonJob(dataSource),
  ].map((job) => keepDoing(dataSource, job));
  return {
    url: await app.getUrl(),
    readiness,
    close: async () => {
      readiness.stop();
      endHousekeeping();
      await Promise.all([reconciliations.close(), ...endJobs.map((end) => end())]);
      await app.close();
      await Promise.all([relay.stop(), sender.stop()]);
      await Promise.all([connection.close(), telling.close()]);
      await dataSource.destroy();
    },
  };
}
