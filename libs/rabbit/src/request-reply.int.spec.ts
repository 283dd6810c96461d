import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { connect } from 'amqplib';
import { type Correlation, currentCorrelation, withCorrelation } from '#runtime/correlation';
import { childTrace, traceIdOf } from '#runtime/trace';
import { createVhost, type TestVhost } from '../../../test/harness/broker.ts';
import { Answer, Unavailable } from './answer.ts';
import { type CommandHead, unbundle } from './bundle.ts';
import { RabbitClient } from './client.ts';
import { RabbitConnection } from './connection.ts';
import { type CommandContext, RabbitServer } from './server.ts';

const QUEUE = 'spec.commands';

let vhost: TestVhost;
let connection: RabbitConnection;
let client: RabbitClient;

beforeAll(async () => {
  vhost = await createVhost();
});
afterAll(() => vhost.drop());

beforeEach(() => {
  connection = new RabbitConnection(vhost.url, 'request-reply-spec');
  client = new RabbitClient(connection, { queue: QUEUE, deadlineMs: 20_000, maxInFlight: 3 });
});
afterEach(() => connection.close());

describe('a command', () => {
  it('is answered byte for byte with status and headers', async () => {
    await serve({ echo: (data) => new Answer(201, JSON.stringify(data), { etag: 'W/"1"' }) });
    const answer = await client.ask('echo', { text: 'Grüße' });
    expect(answer.status).toBe(201);
    expect(answer.content.toString()).toBe('{"text":"Grüße"}');
    expect(answer.headers).toEqual({ etag: 'W/"1"' });
  });

  it('is refused at once when no service takes it', async () => {
    const nobody = new RabbitClient(connection, { queue: 'spec.nobody', deadlineMs: 60_000, maxInFlight: 1 });
    await expect(nobody.ask('echo', {})).rejects.toThrow(/nobody takes commands/);
  });

  it('is Unavailable after its deadline', async () => {
    const hasty = new RabbitClient(connection, { queue: QUEUE, deadlineMs: 50, maxInFlight: 1 });
    await serve({ never: () => new Promise(() => {}) });
    await expect(hasty.ask('never', {})).rejects.toThrow(Unavailable);
  });

  it('is Unavailable after its deadline when the broker was never there', async () => {
    const unreachable = new RabbitConnection('amqp://127.0.0.1:1', 'unreachable');
    const hasty = new RabbitClient(unreachable, { queue: QUEUE, deadlineMs: 50, maxInFlight: 1 });
    await expect(hasty.ask('echo', {})).rejects.toThrow(Unavailable);
    await unreachable.close();
  });

  it('is refused at once when too many are on their way', async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<Answer>();
    await serve({ wait: () => held });
    const waiting = [1, 2, 3].map(() => client.ask('wait', {}));
    await expect(client.ask('wait', {})).rejects.toThrow(/too many/);
    release(new Answer(200));
    await Promise.all(waiting);
  });

  it('keeps its id and says so when it is delivered again', async () => {
    const { taken } = await takeAndCrash();
    const asked = client.ask('remember', {});
    const firstId = await taken;
    const contexts: CommandContext[] = [];
    await serve({
      remember: (_, context) => {
        contexts.push(context);
        return new Answer(200);
      },
    });
    expect((await asked).status).toBe(200);
    expect(contexts).toEqual([{ commandId: firstId, redelivered: true }]);
  });

  it('travels with those of the same moment, and is answered or failed alone', async () => {
    const many = new RabbitClient(connection, { queue: QUEUE, deadlineMs: 20_000, maxInFlight: 1_000 });
    await serve({
      double: (data) => {
        const { number } = data as { number: number };
        if (number === 13) throw new Error('broken');
        return new Answer(200, String(number * 2));
      },
    });
    const numbers = Array.from({ length: 100 }, (_, number) => number);
    const answers = await Promise.all(numbers.map((number) => many.ask('double', { number })));
    expect(answers.map(({ status, content }) => (status === 200 ? Number(content.toString()) : status))).toEqual(
      numbers.map((number) => (number === 13 ? 500 : number * 2)),
    );
  });

  it('on one resource waits for those before it, and for no others', async () => {
    const many = new RabbitClient(connection, { queue: QUEUE, deadlineMs: 20_000, maxInFlight: 10 });
    const { promise: held, resolve: release } = Promise.withResolvers<Answer>();
    const began: string[] = [];
    await serve({
      change: (data) => {
        const { id, step } = data as { id: string; step: number };
        began.push(`${id}${step}`);
        return began.length === 1 ? held : new Answer(200);
      },
    });
    const asked = ['a1', 'a2', 'b1'].map((name) => many.ask('change', { id: name[0], step: Number(name[1]) }));
    await asked[2];
    expect(began).toEqual(['a1', 'b1']);
    release(new Answer(200));
    await Promise.all(asked);
    expect(began).toEqual(['a1', 'b1', 'a2']);
  });

  it('that the broker brings in no bundle is thrown away, and the next is answered', async () => {
    await serve({ echo: () => new Answer(200) });
    const other = await connect(vhost.url);
    const channel = await other.createConfirmChannel();
    channel.sendToQueue(QUEUE, Buffer.from('{"no":"bundle"}'));
    await channel.waitForConfirms();
    expect((await client.ask('echo', {})).status).toBe(200);
    await other.close();
  });

  it('goes on with its trace', async () => {
    await serve({ trace: () => Answer.json(200, currentCorrelation()) });
    const traceparent = childTrace();
    const asked = withCorrelation({ requestId: 'r-1', traceparent }, () => client.ask('trace', {}));
    const seen = (await asked).json<Correlation>();
    expect([seen.requestId, traceIdOf(seen.traceparent)]).toEqual(['r-1', traceIdOf(traceparent)]);
  });

  it('that the service does not know is answered 501, and one that fails 500', async () => {
    await serve({
      fail: () => {
        throw new Error('broken');
      },
    });
    expect((await client.ask('unknown', {})).status).toBe(501);
    expect((await client.ask('fail', {})).status).toBe(500);
  });
});

type Handler = (data: unknown, context: CommandContext) => unknown;

async function serve(handlers: Record<string, Handler>): Promise<void> {
  const server = new RabbitServer(connection, { commands: { queue: QUEUE, prefetch: 10 } });
  for (const [pattern, handler] of Object.entries(handlers)) {
    server.addHandler(pattern, async (data, context) => handler(data, context as CommandContext) as never);
  }
  await new Promise<void>((resolve, reject) => server.listen((error) => (error ? reject(error) : resolve())));
}

/** Plays a service that takes one command and dies before it acknowledges. `taken` is the command's id. */
async function takeAndCrash(): Promise<{ taken: Promise<string> }> {
  await serveBriefly();
  const other = await connect(vhost.url);
  const channel = await other.createChannel();
  const { promise: taken, resolve } = Promise.withResolvers<string>();
  await channel.consume(QUEUE, (message) => {
    const [part] = unbundle<CommandHead>(message?.content ?? Buffer.alloc(0));
    resolve(String(part?.head.commandId));
    void other.close();
  });
  return { taken };
}

/** Makes sure that the queue is there. */
async function serveBriefly(): Promise<void> {
  const other = new RabbitConnection(vhost.url, 'briefly');
  const server = new RabbitServer(other, { commands: { queue: QUEUE, prefetch: 1 } });
  await new Promise<void>((resolve) => server.listen(() => resolve()));
  await other.close();
}
