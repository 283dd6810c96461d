import { describe, expect, it } from '@jest/globals';
import { oneBill } from './one-bill.ts';

describe('bills', () => {
  it('are made one after another, in the order in which they were asked for', async () => {
    const happened: string[] = [];
    const bill = (name: string) =>
      oneBill(async () => {
        happened.push(`${name} begins`);
        await Promise.resolve();
        happened.push(`${name} ends`);
        return name;
      });
    expect(await Promise.all([bill('one'), bill('two')])).toEqual(['one', 'two']);
    expect(happened).toEqual(['one begins', 'one ends', 'two begins', 'two ends']);
  });

  it('are made after one that failed', async () => {
    const failed = oneBill(() => Promise.reject(new Error('no database')));
    const made = oneBill(() => Promise.resolve('made'));
    await expect(failed).rejects.toThrow('no database');
    expect(await made).toBe('made');
  });

  it('are refused, to be asked for again, where a hundred wait', async () => {
    let end = () => {};
    const first = oneBill(
      () =>
        new Promise<void>((resolve) => {
          end = resolve;
        }),
    );
    const others = Array.from({ length: 99 }, () => oneBill(() => Promise.resolve()));
    await expect(oneBill(() => Promise.resolve())).rejects.toMatchObject({ name: 'Unavailable', retryAfterSeconds: 5 });
    end();
    await Promise.all([first, ...others]);
    expect(await oneBill(() => Promise.resolve('made'))).toBe('made');
  });
});
