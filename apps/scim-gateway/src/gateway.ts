import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { RabbitClient } from '#rabbit/client';
import { RabbitConnection } from '#rabbit/connection';
import { EventPublisher } from '#rabbit/publisher';
import { DIRECTORY_COMMANDS, DIRECTORY_EVENTS, SCIM_REQUESTS } from '#rabbit/topology';
import { Clock } from '#runtime/clock';
import { endConnectionsWhenStopping, Readiness } from '#runtime/health';
import { NestLogger } from '#runtime/logger';
import { measureProcess } from '#runtime/process-metrics';
import type { Running } from '#runtime/start';
import { recordRequests } from './activity/record-requests.ts';
import { RefusalLimit } from './activity/refusal-limit.ts';
import { RequestRecorder } from './activity/request-recorder.ts';
import { appModule } from './app.module.ts';
import { Authenticator } from './authentication/authenticator.ts';
import { requireCredentials } from './authentication/require-credentials.ts';
import type { Env } from './env.ts';
import { httpAdapter } from './http/adapter.ts';
import { BaseUrl } from './http/base-url.ts';
import { measureRequests } from './http/measure-requests.ts';
import { limitRate } from './http/rate-limit.ts';
import { ScimErrorFilter } from './http/scim-error.filter.ts';

/** How long records of requests are still sent for when the gateway stops. */
const FLUSH_MS = 3_000;

/** Starts the gateway: the broker first, so that the port opens when requests can be answered. */
export async function startGateway(env: Env): Promise<Running> {
  const connection = new RabbitConnection(env.AMQP_URL, 'scim-gateway', [DIRECTORY_EVENTS, SCIM_REQUESTS]);
  const directory = new RabbitClient(connection, {
    queue: DIRECTORY_COMMANDS,
    deadlineMs: env.COMMAND_DEADLINE_MS,
    maxInFlight: env.MAX_IN_FLIGHT,
  });
  const clock = new Clock();
  const authenticator = new Authenticator(directory, clock, env.CREDENTIAL_TTL_MS);
  await directory.connect();
  await authenticator.listen(connection);
  const publisher = new EventPublisher(connection, SCIM_REQUESTS);
  await publisher.open();
  const recorder = new RequestRecorder(publisher);

  const adapter = httpAdapter();
  measureProcess();
  measureRequests(adapter.getInstance());
  requireCredentials(adapter.getInstance(), authenticator);
  recordRequests(adapter.getInstance(), recorder, new RefusalLimit(clock));
  await limitRate(adapter.getInstance(), env.RATE_LIMIT);
  const module = appModule({ directory, baseUrl: new BaseUrl(env.PUBLIC_URL) });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: new NestLogger(),
    bodyParser: false,
    abortOnError: false,
  });
  app.useGlobalFilters(new ScimErrorFilter());
  const readiness = app.get(Readiness);
  readiness.require('broker', () => directory.isConnected);
  endConnectionsWhenStopping(adapter.getInstance(), readiness);
  await app.listen(env.PORT, env.HOST);
  return {
    url: await app.getUrl(),
    readiness,
    close: async () => {
      readiness.stop();
      await app.close();
      await recorder.stop(FLUSH_MS);
      directory.close();
      await connection.close();
    },
  };
}
