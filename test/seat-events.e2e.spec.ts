import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChannelModel, connect } from 'amqplib';
import { people } from '../tools/okta/src/people.ts';
import { eventually } from './harness/eventually.ts';
import { oktaFor } from './harness/okta.ts';
import { type System, startSystem } from './harness/system.ts';

let system: System;
let consumer: ChannelModel;

beforeAll(async () => {
  system = await startSystem();
  consumer = await connect(system.amqpUrl);
});
afterAll(async () => {
  await consumer.close();
  await system.stop();
});

interface SeatEvent {
  id: string;
  specversion: string;
  type: string;
  tenantid: string;
  actor: string;
  causationid: string;
  data: { sequence: number; userName: string; inUse: number; reason: string };
}

/** The billing team's consumer: nothing but amqplib and its own queue. */
async function seatEvents(tenantId: string): Promise<SeatEvent[]> {
  const channel = await consumer.createChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, 'billing.events', 'seat.#');
  const events: SeatEvent[] = [];
  await channel.consume(queue, (message) => {
    if (!message) return;
    const event = JSON.parse(message.content.toString()) as SeatEvent;
    // delivered at least once
    if (event.tenantid === tenantId && events.every(({ id }) => id !== event.id)) events.push(event);
    channel.ack(message);
  });
  return events;
}

describe('a consumer with nothing but amqplib', () => {
  it('reads who took and who freed a seat, numbered without a gap, with the count and the cause', async () => {
    const team = await system.createTeam();
    const events = await seatEvents(team.tenantId);
    const okta = oktaFor(team);
    const crowd = people(20, 'seats');
    await okta.app.assignGroup(crowd);
    for (const who of crowd.slice(0, 5)) await okta.app.deactivate(who);
    okta.close();

    await eventually(() => expect(events).toHaveLength(25));
    expect(events.map(({ data }) => data.sequence)).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
    expect(events.at(-1)?.data.inUse).toBe(15);
    for (const event of events) {
      const occupied = event.type === 'seat.occupied.v1';
      expect(event).toMatchObject({ specversion: '1.0', actor: `connection:${team.connectionId}` });
      expect(event.data.reason).toBe(occupied ? 'user.created.v1' : 'user.deactivated.v1');
    }
    expect(new Set(events.map(({ causationid }) => causationid)).size).toBe(25);
  });

  it('reads them again from the beginning of the stream', async () => {
    const team = await system.createTeam();
    const okta = oktaFor(team);
    await okta.app.assignGroup(people(3, 'stream'));
    await team.seatsToBe(3);
    okta.close();

    const channel = await consumer.createChannel();
    await channel.prefetch(100);
    const sequences: number[] = [];
    const options = { arguments: { 'x-stream-offset': 'first' } };
    await channel.consume(
      'billing.seat-events',
      (message) => {
        if (!message) return;
        const event = JSON.parse(message.content.toString()) as SeatEvent;
        if (event.tenantid === team.tenantId && event.type.startsWith('seat.')) sequences.push(event.data.sequence);
        channel.ack(message);
      },
      options,
    );
    await eventually(() => expect([...new Set(sequences)]).toEqual([1, 2, 3]));
  });
});
