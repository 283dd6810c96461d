import { describe, expect, it } from '@jest/globals';
import { oneBill } from './one-bill.ts';

/** A bill that says when it begins and when it ends, and lasts for as long as `until` does. */
function bill(happened: string[], tenantId: string, name: string, until = Promise.resolve()): Promise<string> {
  return oneBill(tenantId, async () => {
    happened.push(`${name} begins`);
    await until;
    happened.push(`${name} ends`);
    return name;
  });
}

/** Something that lasts until it is ended. */
function lasting(): { end: () => void; until: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { end: resolve, until: promise };
}

describe('bills', () => {
  it('of a tenant are made one after another, in the order in which they were asked for', async () => {
    const happened: string[] = [];
    expect(await Promise.all(['one', 'two'].map((name) => bill(happened, 'ada', name)))).toEqual(['one', 'two']);
    expect(happened).toEqual(['one begins', 'one ends', 'two begins', 'two ends']);
  });

  it('of several tenants are made in turns, one at a time', async () => {
    const happened: string[] = [];
    const asked = ['a1', 'a2', 'a3', 'b1', 'b2', 'c1'].map((name) => bill(happened, name.charAt(0), name));
    await Promise.all(asked);
    const order = ['a1', 'b1', 'c1', 'a2', 'b2', 'a3'];
    expect(happened).toEqual(order.flatMap((name) => [`${name} begins`, `${name} ends`]));
  });

  it('are made after one that failed', async () => {
    const failed = oneBill('ada', () => Promise.reject(new Error('no database')));
    const made = oneBill('ada', () => Promise.resolve('made'));
    await expect(failed).rejects.toThrow('no database');
    expect(await made).toBe('made');
  });

  it('are refused, to be asked for again, where ten of the tenant wait, and of no other', async () => {
    const happened: string[] = [];
    const { end, until } = lasting();
    const first = bill(happened, 'ada', 'first', until);
    const waiting = Array.from({ length: 10 }, () => bill(happened, 'ada', 'waiting'));
    const refused = { name: 'Unavailable', retryAfterSeconds: 5 };
    await expect(bill(happened, 'ada', 'too many')).rejects.toMatchObject(refused);
    const other = bill(happened, 'bob', 'other');
    end();
    await Promise.all([first, ...waiting, other]);
    expect(await bill(happened, 'ada', 'again')).toBe('again');
  });
});
