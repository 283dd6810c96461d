import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChannelModel, connect } from 'amqplib';
import { TENANTS } from '#directory-api/admin';
import { CONNECTIONS } from '#directory-api/connections';
import { PlanReplay, REPLAY, ReplayEvents } from '#outbox/replay-command';
import { Answer } from '#rabbit/answer';
import { RabbitConnection } from '#rabbit/connection';
import {
  BILLING_COMMANDS,
  BILLING_EVENTS,
  DIRECTORY_COMMANDS,
  DIRECTORY_EVENTS,
  SCIM_REQUESTS,
} from '#rabbit/topology';
import { logger } from '#runtime/logger';
import { valid } from '#runtime/valid';
import { createVhost, type TestVhost } from '../../../test/harness/broker.ts';
import { cases, TENANT } from '../test/command-cases.ts';
import { event, serve, serveAll } from '../test/faked-service.ts';
import { run } from './cli.ts';

const OTHER_TENANT = '0192d5a4-7c1e-7000-8000-00000000000b';

let vhost: TestVhost;

beforeAll(async () => {
  logger.level = 'silent';
  vhost = await createVhost();
});
afterAll(() => vhost.drop());

describe('a command', () => {
  let service: RabbitConnection;
  beforeEach(() => {
    service = new RabbitConnection(vhost.url, 'ctl-spec');
  });
  afterEach(() => service.close());

  it.each(cases)('$line: asks the service and prints its answer', async (row) => {
    const { line, queue, pattern, shape, payload, answer, text } = row;
    const asked: unknown[] = [];
    await serve(service, queue, pattern, (data) => {
      asked.push(data);
      return Answer.json(200, answer);
    });

    const plain = await ctl(line.split(' '));
    expect({ ...plain, out: '' }).toEqual({ status: 0, out: '', err: '' });
    expect(plain.out.endsWith('\n')).toBe(true);
    expect(plain.out.slice(0, -1)).toMatch(text);
    expect(await ctl([...line.split(' '), '--json'])).toEqual({
      status: 0,
      out: `${JSON.stringify(answer)}\n`,
      err: '',
    });
    expect(asked).toEqual([payload, payload]);
    if (shape) expect(() => valid(shape, asked[0])).not.toThrow();
  });

  it("is refused with the service's own words on one line", async () => {
    await serve(service, DIRECTORY_COMMANDS, CONNECTIONS.enable, () =>
      Answer.json(409, { detail: 'SSO is not set up.\nRun: ctl sso set' }),
    );
    for (const more of [[], ['--json']]) {
      expect(await ctl(['scim', 'on', '--tenant', TENANT, ...more])).toEqual({
        status: 1,
        out: '',
        err: 'ctl: SSO is not set up. Run: ctl sso set\n',
      });
    }
  });

  it.each([
    ['no detail', new Answer(500, '{}')],
    ['no JSON', new Answer(200, '<html>')],
  ])('fails plainly on an answer with %s', async (_, answer) => {
    await serve(service, DIRECTORY_COMMANDS, TENANTS.list, () => answer);
    const { status, out, err } = await ctl(['tenant', 'list', '--json']);
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect(err).toBe(`ctl: The service answered ${answer.status} without a reason.\n`);
  });

  it('says so when no service is there', async () => {
    await (await service.channel(async (channel) => void (await channel.deleteQueue(BILLING_COMMANDS)))).close();
    const { status, out, err } = await ctl(['seats', '--tenant', TENANT]);
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect(err).toMatch(/^ctl: No answer: nobody takes commands from billing\.commands\. Check .*\n$/);
    expect(err).not.toContain(new URL(vhost.url).password);
  });

  it('says so when the broker does not let it in', async () => {
    const url = new URL(vhost.url);
    url.password = 'wrong';
    const started = performance.now();
    const { status, err } = await ctl(['tenant', 'list'], url.href);
    expect(status).toBe(1);
    expect(err).toMatch(/^ctl: The broker at amqp:\S+ is not reachable: .*ACCESS_REFUSED.*\n$/);
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});

describe('events replay', () => {
  let service: RabbitConnection;
  beforeEach(() => {
    service = new RabbitConnection(vhost.url, 'ctl-spec');
  });
  afterEach(() => service.close());

  const plan = { types: [{ type: 'user.created.v1', count: 3 }], first: 5, last: 9 };
  const selection = { tenantId: TENANT, types: ['user.#'], since: '2026-01-01T00:00:00.000Z' };
  const line = ['events', 'replay', '--tenant', TENANT, '--type', 'user.#', '--since', '2026-01-01'];

  async function served(queue: string, steps: object[]) {
    const asked: { pattern: string; data: object }[] = [];
    await serveAll(service, queue, {
      [REPLAY.plan]: (data) => {
        asked.push({ pattern: REPLAY.plan, data: valid(PlanReplay, data) });
        return Answer.json(200, plan);
      },
      [REPLAY.run]: (data) => {
        asked.push({ pattern: REPLAY.run, data: valid(ReplayEvents, data) });
        return Answer.json(200, steps.shift());
      },
    });
    return asked;
  }

  it('counts by type with --dry-run and publishes nothing', async () => {
    const asked = await served(DIRECTORY_COMMANDS, []);
    const { status, out } = await ctl([...line, '--dry-run']);
    expect([status, out]).toEqual([0, 'TYPE             EVENTS\nuser.created.v1  3\n']);
    expect((await ctl([...line, '--dry-run', '--json'])).out).toBe(`${JSON.stringify(plan)}\n`);
    expect(asked.map(({ data }) => ({ ...data }))).toEqual([selection, selection]);
  });

  it('asks step by step and says how far it is', async () => {
    const asked = await served(BILLING_COMMANDS, [
      { published: 2, position: 7, done: false },
      { published: 1, position: 9, done: true },
    ]);
    expect(await ctl([...line, '--source', 'billing'])).toEqual({
      status: 0,
      out: '3 events published again to billing.events.\n',
      err: '2 of 3 events\n',
    });
    expect(asked.slice(1).map(({ data }) => ({ ...data }))).toEqual([
      { ...selection, after: 4, to: 9 },
      { ...selection, after: 7, to: 9 },
    ]);
  });

  it('fails with how far it came when the broker does not take one', async () => {
    await served(DIRECTORY_COMMANDS, [{ published: 2, position: 7, done: false, problem: 'the broker is full' }]);
    const { status, err } = await ctl(line);
    expect(status).toBe(1);
    expect(err).toMatch(/^ctl: Stopped after 2 of 3 events: the broker is full\. Run it again/);
  });
});

describe('events tail', () => {
  let broker: ChannelModel;
  beforeEach(async () => {
    broker = await connect(vhost.url);
  });
  afterEach(() => broker.close());

  it('prints what is published for the tenant, and ends after --count', async () => {
    const tail = listening(['events', 'tail', '--tenant', TENANT, '--count', '2']);
    await tail.ready;
    await publish(DIRECTORY_EVENTS, [
      event('user.created.v1', TENANT, { userName: 'ada@example.com' }),
      event('user.created.v1', OTHER_TENANT, {}),
      event('group.created.v1', TENANT, { displayName: 'Sales' }),
      event('group.deleted.v1', TENANT, {}),
    ]);
    const { status, out } = await tail.ended;
    expect(status).toBe(0);
    expect(out.split('\n')).toEqual([
      '2026-01-01T00:00:00.000Z user.created.v1 users/1 v1 userName=ada@example.com',
      '2026-01-01T00:00:00.000Z group.created.v1 users/1 v1 displayName=Sales',
      '',
    ]);
  });

  it('prints JSON lines, of the types asked for', async () => {
    const tail = listening(['events', 'tail', '--type', 'user.#', '--type', 'tenant.*.v1', '--json', '--count', '2']);
    await tail.ready;
    const events = ['user.created.v1', 'group.created.v1', 'tenant.created.v1'].map((type) => event(type, TENANT, {}));
    await publish(DIRECTORY_EVENTS, events);
    const { out } = await tail.ended;
    expect(out).toBe(`${JSON.stringify(events[0])}\n${JSON.stringify(events[2])}\n`);
  });

  it("prints billing's events", async () => {
    const tail = listening(['events', 'tail', '--billing', '--count', '1']);
    await tail.ready;
    await publish(BILLING_EVENTS, [event('seat.occupied.v1', TENANT, { sequence: 1, inUse: 1 })]);
    const { out } = await tail.ended;
    expect(out).toMatch(new RegExp(` seat\\.occupied\\.v1 users/1 v1 tenant=${TENANT} sequence=1 inUse=1\n$`));
  });

  it('prints SCIM requests as they are answered, of the tenant, the status, the connection and the resource asked for', async () => {
    const tail = listening([
      'activity',
      'tail',
      ...['--tenant', TENANT, '--status', '4xx', '--errors', '--count', '1'],
      ...['--connection', TENANT, '--resource', OTHER_TENANT],
    ]);
    await tail.ready;
    const told = (tenant: string, status: number, resourceId = OTHER_TENANT, connectionId = TENANT) => {
      const data = {
        status,
        method: 'GET',
        path: '/scim/v2/Users/:id',
        ms: 3,
        client: 'okta',
        connectionId,
        resourceId,
      };
      return { ...event('scim.request.handled.v1', tenant, data), requestid: 'r-1' };
    };
    await publish(SCIM_REQUESTS, [
      told(TENANT, 200),
      told(OTHER_TENANT, 404),
      told(TENANT, 404, TENANT),
      told(TENANT, 404, OTHER_TENANT, OTHER_TENANT),
      told(TENANT, 404),
    ]);
    const { out } = await tail.ended;
    expect(out).toBe(`2026-01-01T00:00:00.000Z 404 GET /scim/v2/Users/${OTHER_TENANT} 3ms okta request=r-1\n`);
  });

  it('goes on after a lost connection and says that events may be missing', async () => {
    const line = await severable(vhost.url);
    let remarks = 0;
    const { promise: back, resolve } = Promise.withResolvers<void>();
    const ended = ctl(['events', 'tail', '--count', '1'], line.url, () => {
      remarks += 1;
      if (remarks === 1) line.sever();
      else resolve();
    });
    await back;
    await publish(DIRECTORY_EVENTS, [event('user.created.v1', TENANT, {})]);
    const { status, out, err } = await ended;
    expect({ status, lines: out.split('\n').length }).toEqual({ status: 0, lines: 2 });
    expect(err).toMatch(/^Listening.*\nThe broker was away and is back: events of that time are not shown\.\n$/);
    line.close();
  });

  async function publish(exchange: string, events: { type: string }[]) {
    const channel = await broker.createConfirmChannel();
    for (const each of events) channel.publish(exchange, each.type, Buffer.from(JSON.stringify(each)));
    await channel.waitForConfirms();
  }
});

async function ctl(args: string[], amqpUrl = vhost.url, heardErr?: () => void) {
  const said = { out: '', err: '' };
  const status = await run(args, {
    env: { AMQP_URL: amqpUrl },
    directory: '/',
    stdout: (text) => {
      said.out += text;
    },
    stderr: (text) => {
      said.err += text;
      heardErr?.();
    },
  });
  return { status, ...said };
}

/** A tail under way; `ready` once it listens. */
function listening(args: string[]) {
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  return { ready, ended: ctl(args, vhost.url, resolve) };
}

/** The broker through a line that can be cut. */
async function severable(amqpUrl: string) {
  const url = new URL(amqpUrl);
  const sockets = new Set<Socket>();
  const { hostname: host, port } = url;
  const server = createServer((near) => {
    const far = createConnection({ host, port: Number(port || 5672) });
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) sockets.add(socket.on('error', () => {}));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sever = () => {
    for (const socket of sockets) socket.destroy();
  };
  return { url: url.href, sever, close: () => server.close() };
}
