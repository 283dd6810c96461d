import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { connect } from 'amqplib';
import { TENANTS } from '#directory-api/admin';
import { Answer } from '#rabbit/answer';
import { RabbitConnection } from '#rabbit/connection';
import { DIRECTORY_COMMANDS, DIRECTORY_EVENTS } from '#rabbit/topology';
import { createVhost, type TestVhost } from '../../../test/harness/broker.ts';
import { eventually } from '../../../test/harness/eventually.ts';
import { TENANT } from '../test/command-cases.ts';
import { event, serve } from '../test/faked-service.ts';

let vhost: TestVhost;

beforeAll(async () => {
  vhost = await createVhost();
});
afterAll(() => vhost.drop());

describe('the process', () => {
  let service: RabbitConnection;
  beforeEach(() => {
    service = new RabbitConnection(vhost.url, 'ctl-spec');
  });
  afterEach(() => service.close());

  it('writes one JSON document, exits by itself and soon', async () => {
    await serve(service, DIRECTORY_COMMANDS, TENANTS.list, () => Answer.json(200, []));
    const child = started(['tenant', 'list', '--json']);
    const answered = once(child.process.stdout, 'data').then(() => performance.now());
    await child.closed;
    expect(performance.now() - (await answered)).toBeLessThan(20_000);
    expect(child.said()).toEqual({ code: 0, out: '[]\n', err: '' });
  });

  it('keeps the log to itself when the broker is away', async () => {
    const child = started(['tenant', 'list', '--json'], 'amqp://u:secret@127.0.0.1:1');
    await child.closed;
    expect(child.said()).toMatchObject({ code: 1, out: '' });
    expect(child.said().err).toMatch(/^ctl: [^\n]*ECONNREFUSED[^\n]*\n$/);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends a tail cleanly on %s', async (signal) => {
    const child = started(['events', 'tail']);
    await eventually(() => expect(child.said().err).toMatch(/Listening/));
    child.process.kill(signal);
    await child.closed;
    expect(child.said()).toMatchObject({ code: 0, out: '' });
  });

  it('ends a tail quietly when its reader has gone', async () => {
    const child = started(['events', 'tail']);
    await eventually(() => expect(child.said().err).toMatch(/Listening/));
    child.process.stdout.destroy();
    const broker = await connect(vhost.url);
    const channel = await broker.createConfirmChannel();
    channel.publish(DIRECTORY_EVENTS, 'user.created.v1', Buffer.from(JSON.stringify(event('x', TENANT, {}))));
    await channel.waitForConfirms();
    await child.closed;
    await broker.close();
    expect(child.said().code).toBe(0);
    expect(child.said().err).toMatch(/^Listening[^\n]*\n$/);
  });
});

/** Runs the tool as a process of its own, from the sources. */
function started(args: string[], amqpUrl = vhost.url) {
  const hooks = new URL('../test/run-from-source.mjs', import.meta.url).href;
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const child = spawn(process.execPath, ['--no-warnings', '--import', hooks, main, ...args], {
    env: { AMQP_URL: amqpUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  return { process: child, closed: once(child, 'close'), said: () => ({ code: child.exitCode, out, err }) };
}
