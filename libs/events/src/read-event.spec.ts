import { describe, expect, it } from '@jest/globals';
import { newId } from '#runtime/ids';
import { catalog } from './catalog.ts';
import { type CloudEvent, cloudEvent } from './envelope.ts';
import { readEvent, UnreadableEvent } from './read-event.ts';

function event(type: string, data: object): CloudEvent {
  return cloudEvent({
    source: 'rollcall/directory',
    type,
    tenantId: newId(),
    subject: 'users/1',
    version: 1,
    time: new Date('2026-01-31T12:00:00.000Z'),
    cause: { commandId: newId(), requestId: 'spec', actor: 'operator' },
    data,
  });
}

const userCreated = event('user.created.v1', catalog['user.created.v1']?.example ?? {});

describe('reading an event', () => {
  it.each(Object.entries(catalog))('gives back the example of %s as it was sent', (type, { example }) => {
    const sent = event(type, example);
    expect(JSON.parse(JSON.stringify(readEvent(JSON.stringify(sent))))).toEqual(JSON.parse(JSON.stringify(sent)));
  });

  it.each(['0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999999Z', '2026-01-31T12:00:00+02:00'])(
    'takes the time %s',
    (time) => expect(readEvent(JSON.stringify({ ...userCreated, time })).time).toBe(time),
  );

  it('takes fields that a later release added', () => {
    const sent = { ...userCreated, data: { ...userCreated.data, department: 'new' }, traceparent: 'new' };
    expect(readEvent(JSON.stringify(sent)).type).toBe('user.created.v1');
  });

  it.each<[string, string]>([
    ['no JSON', '{'],
    ['no object', '[]'],
    ['no tenant', JSON.stringify({ ...userCreated, tenantid: undefined })],
    ['a type nobody knows', JSON.stringify({ ...userCreated, type: 'user.promoted.v1' })],
    ['a type from the prototype', JSON.stringify({ ...userCreated, type: 'constructor' })],
    ['data of another shape', JSON.stringify({ ...userCreated, data: { userId: 'x' } })],
    ['a version of zero', JSON.stringify({ ...userCreated, version: 0 })],
    ...['yesterday', '2026-W05', '20260131', '2026-01-31T12:00:00', '2026-02-30T00:00:00Z', '0000-06-01T00:00:00Z'].map(
      (time): [string, string] => [`the time ${time}`, JSON.stringify({ ...userCreated, time })],
    ),
  ])('refuses %s for good', (_, content) => {
    expect(() => readEvent(content)).toThrow(UnreadableEvent);
  });
});
