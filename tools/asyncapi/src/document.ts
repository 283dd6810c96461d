import { catalog } from '#events/catalog';
import { CloudEvent } from '#events/envelope';
import { exampleEvent, sourceOf } from '#events/example';
import { BILLING_EVENTS, DIRECTORY_EVENTS, SCIM_REQUESTS, SEAT_STREAM, TENANT_HEADER } from '#rabbit/topology';
import type { Docs } from './docs.ts';
import { jsonSchema } from './json-schema.ts';
import type { Json } from './yaml.ts';

const CONTENT_TYPE = 'application/cloudevents+json';
const BINDING = '0.3.0';

/** The exchange each service tells its events to. */
const EXCHANGES: Readonly<Record<CloudEvent['source'], string>> = {
  'rollcall/directory': DIRECTORY_EVENTS,
  'rollcall/billing': BILLING_EVENTS,
  'rollcall/scim-gateway': SCIM_REQUESTS,
};

const CHANNELS = [
  {
    name: DIRECTORY_EVENTS,
    from: DIRECTORY_EVENTS,
    description:
      'What happened to tenants, connections, users and groups, in order within a tenant. At least once: drop by id, and by the version of the subject.',
  },
  {
    name: BILLING_EVENTS,
    from: BILLING_EVENTS,
    description:
      'Seats taken and released, in order within a tenant, numbered without a gap. At least once: drop by id or sequence.',
  },
  {
    name: SCIM_REQUESTS,
    from: SCIM_REQUESTS,
    description:
      'Records of requests for people. The oldest are dropped when the broker is away: never compute with them.',
  },
  {
    name: SEAT_STREAM,
    from: BILLING_EVENTS,
    stream: true,
    description: 'The same seat events as a stream, kept for 400 days and read from any offset (x-stream-offset).',
  },
] as const;

const OPERATIONS = [
  ['directory.tell', 'send', DIRECTORY_EVENTS, 'The directory tells what it committed, through its outbox.'],
  ['billing.count', 'receive', DIRECTORY_EVENTS, 'Billing counts seats.'],
  ['billing.tell', 'send', BILLING_EVENTS, 'Billing tells what happened to seats, through its outbox.'],
  ['seats.follow', 'receive', SEAT_STREAM, 'Whoever does the accounts reads seats from any point on.'],
  ['gateway.record', 'send', SCIM_REQUESTS, 'The gateway tells of requests it answered.'],
  ['directory.log', 'receive', SCIM_REQUESTS, 'The directory keeps the activity log.'],
] as const;

/** The catalog and the exchanges as an AsyncAPI 3.0 document. */
export function document(docs: Docs): Json {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Rollcall events',
      version: '1.0.0',
      description:
        'Generated from libs/events by npm run asyncapi; not to be edited. Every message is a CloudEvents 1.0 event in JSON, persistent, with the tenant in a header; the routing key is its type. Fields may be added to a version; a changed meaning is a new version.',
    },
    defaultContentType: CONTENT_TYPE,
    channels: Object.fromEntries(CHANNELS.map((channel) => [channel.name, channelOf(channel)])),
    operations: Object.fromEntries(
      OPERATIONS.map(([name, action, channel, summary]) => [
        name,
        { action, channel: { $ref: `#/channels/${channel}` }, summary },
      ]),
    ),
    components: {
      messages: Object.fromEntries(Object.keys(catalog).map((type) => [type, message(type, docs)])),
      schemas: {
        CloudEvent: jsonSchema(CloudEvent, docs),
        Headers: {
          type: 'object',
          required: [TENANT_HEADER],
          properties: {
            [TENANT_HEADER]: {
              type: 'string',
              format: 'uuid',
              description: 'The tenant; what the order is kept within.',
            },
          },
        },
        ...Object.fromEntries(Object.values(catalog).map(({ data }) => [data.name, jsonSchema(data, docs)])),
      },
    },
  };
}

function channelOf({ name, from, description, ...kind }: (typeof CHANNELS)[number]): Json {
  const types = Object.keys(catalog).filter((type) => EXCHANGES[sourceOf(type)] === from);
  const durable = { name, durable: true, autoDelete: false, vhost: '/' };
  return {
    address: name,
    description,
    messages: Object.fromEntries(types.map((type) => [type, { $ref: `#/components/messages/${type}` }])),
    bindings: {
      amqp:
        'stream' in kind
          ? { is: 'queue', queue: { ...durable, exclusive: false }, bindingVersion: BINDING }
          : { is: 'routingKey', exchange: { ...durable, type: 'topic' }, bindingVersion: BINDING },
    },
  };
}

function message(type: string, docs: Docs): Json {
  const { data } = catalog[type] ?? {};
  const event = JSON.parse(JSON.stringify(exampleEvent(type))) as { tenantid: string; [key: string]: Json };
  const summary = docs.get(data?.name ?? '')?.text;
  return {
    name: type,
    title: data?.name ?? type,
    ...(summary && { summary }),
    contentType: CONTENT_TYPE,
    correlationId: { location: '$message.payload#/requestid' },
    headers: { $ref: '#/components/schemas/Headers' },
    payload: {
      allOf: [
        { $ref: '#/components/schemas/CloudEvent' },
        {
          type: 'object',
          properties: {
            type: { const: type },
            source: { const: sourceOf(type) },
            data: { $ref: `#/components/schemas/${data?.name}` },
          },
        },
      ],
    },
    bindings: { amqp: { messageType: type, bindingVersion: BINDING } },
    examples: [{ name: 'released', headers: { [TENANT_HEADER]: event.tenantid }, payload: event }],
  };
}
