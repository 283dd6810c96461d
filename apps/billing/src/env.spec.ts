import { describe, expect, it } from '@jest/globals';
import { readEnv } from '#runtime/env';
import { Env } from './env.ts';

const REQUIRED = { DATABASE_URL: 'postgres://127.0.0.1/billing', AMQP_URL: 'amqp://127.0.0.1' };
const key = (byte: number, length = 32) => Buffer.alloc(length, byte).toString('base64');

describe('the days that events are kept', () => {
  it('are at least a week: a webhook endpoint may fail for three days, and be enabled again before its events are gone', () => {
    const days = (text: string) => readEnv(Env, { ...REQUIRED, OUTBOX_RETENTION_DAYS: text }).OUTBOX_RETENTION_DAYS;
    expect(days('7')).toBe(7);
    expect(() => days('6')).toThrow('OUTBOX_RETENTION_DAYS: must not be less than 7: a webhook endpoint');
  });
});

describe('the keys of webhook secrets', () => {
  it.each(['', key(1), `${key(1)},${key(2)}`])('may be %p', (keys) => {
    expect(readEnv(Env, { ...REQUIRED, WEBHOOK_KEYS: keys }).WEBHOOK_KEYS).toBe(keys);
  });

  it.each(['secret', key(1, 16), `${key(1)},`, `${key(1)} ${key(2)}`])('may not be %p', (keys) => {
    expect(() => readEnv(Env, { ...REQUIRED, WEBHOOK_KEYS: keys })).toThrow(
      'WEBHOOK_KEYS: keys of 32 bytes as base64, with a comma between two: make one with openssl rand -base64 32',
    );
  });
});
