import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { measureOutbox } from '#outbox/outbox-metrics';
import { Relay } from '#outbox/relay';
import { Replay } from '#outbox/replay';
import { outboxPartitions } from '#outbox/retention';
import { keepHouse } from '#postgres/housekeeping';
import { openDatabase } from '#postgres/open';
import { RabbitConnection } from '#rabbit/connection';
import { MeasuredServer } from '#rabbit/measured-server';
import {
  DIRECTORY_COMMANDS,
  DIRECTORY_EVENTS,
  DIRECTORY_PLANS,
  DIRECTORY_SCIM_REQUESTS,
  SCIM_REQUESTS,
} from '#rabbit/topology';
import { Clock } from '#runtime/clock';
import { envOrExit } from '#runtime/env';
import { Readiness } from '#runtime/health';
import { NestLogger } from '#runtime/logger';
import { measureProcess } from '#runtime/process-metrics';
import { runProcess } from '#runtime/start';
import { ActivityService } from './activity/activity.service.ts';
import { activityChore } from './activity/housekeeping.ts';
import { appModule } from './app.module.ts';
import { directoryDatabase } from './database.ts';
import { Env } from './env.ts';

const env = envOrExit(Env);

await runProcess('directory', env.DRAIN_MS, async () => {
  const dataSource = await openDatabase(directoryDatabase(env.DATABASE_URL, env.DATABASE_POOL));
  const connection = new RabbitConnection(env.AMQP_URL, 'directory', [
    DIRECTORY_EVENTS,
    SCIM_REQUESTS,
    DIRECTORY_PLANS,
  ]);
  const relay = new Relay(dataSource, connection, DIRECTORY_EVENTS);
  const replay = new Replay(dataSource, connection, DIRECTORY_EVENTS);
  const commands = new MeasuredServer(connection, {
    commands: { queue: DIRECTORY_COMMANDS, prefetch: env.PREFETCH },
    subscriptions: [DIRECTORY_SCIM_REQUESTS, DIRECTORY_PLANS],
  });

  const app = await NestFactory.create(
    appModule(dataSource, env.ACTIVITY_RETENTION_DAYS, replay),
    new FastifyAdapter(),
    {
      logger: new NestLogger(),
    },
  );
  const readiness = app.get(Readiness);
  readiness.require('database', async () => (await dataSource.query('SELECT 1')).length === 1);
  readiness.require('commands', () => commands.isReady);
  readiness.require('relay', () => relay.isReady);

  measureProcess();
  measureOutbox(dataSource);

  const outbox = outboxPartitions(dataSource, env.OUTBOX_RETENTION_DAYS);
  const chores = {
    'the activity log': activityChore(app.get(ActivityService)),
    'the outbox': (now: Date) => outbox.maintain(now),
  };
  const endHousekeeping = await keepHouse(chores, app.get(Clock));
  await relay.start();
  app.connectMicroservice({ strategy: commands });
  await app.startAllMicroservices();
  await app.listen(env.PORT, env.HOST);
  return {
    url: await app.getUrl(),
    readiness,
    close: async () => {
      endHousekeeping();
      await app.close();
      await relay.stop();
      await connection.close();
      await dataSource.destroy();
    },
  };
});
