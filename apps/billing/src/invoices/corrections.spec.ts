import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { corrections } from './corrections.ts';
import type { InvoiceLine } from './invoice-line.ts';

/** Few different lines, so that many are the same. */
const lines = fc.array(
  fc.record({ userId: fc.constantFrom('ada', 'bob', 'cyd'), days: fc.integer({ min: 1, max: 3 }) }).map(
    ({ userId, days }): InvoiceLine => ({
      kind: 'purchase',
      userId,
      seatClass: 'core',
      fromDay: '2026-01-01',
      days,
      fullDays: 31,
      price: 100,
      amount: BigInt(days),
      ledgerLine: 1,
      correctsTerm: null,
      removed: false,
    }),
  ),
  { maxLength: 12 },
);

async function* inTwo(all: InvoiceLine[]): AsyncGenerator<InvoiceLine[], void> {
  yield all.slice(0, 4);
  yield all.slice(4);
}

/** How often each line stands, those that are taken off subtracted. */
function counted(all: InvoiceLine[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { userId, days, removed } of all) {
    const key = `${userId} ${days}`;
    counts[key] = (counts[key] ?? 0) + (removed ? -1 : 1);
    if (counts[key] === 0) delete counts[key];
  }
  return counts;
}

describe('the corrections of a closed term', () => {
  it('make of what was billed what is due, with no line too many', async () => {
    await fc.assert(
      fc.asyncProperty(lines, lines, async (billed, due) => {
        const found = await corrections(3, inTwo(billed), due);
        expect(counted([...billed, ...found])).toEqual(counted(due));
        expect(found).toHaveLength(
          Object.values(counted([...due, ...billed.map(takenOff)])).reduce((sum, n) => sum + Math.abs(n), 0),
        );
        expect(found.every(({ correctsTerm, amount, removed }) => correctsTerm === 3 && amount < 0n === removed)).toBe(
          true,
        );
      }),
    );
  });

  it('are none once they are billed', async () => {
    await fc.assert(
      fc.asyncProperty(lines, lines, async (billed, due) => {
        const found = await corrections(3, inTwo(billed), due);
        expect(await corrections(3, inTwo([...billed, ...found]), due)).toEqual([]);
      }),
    );
  });
});

function takenOff(line: InvoiceLine): InvoiceLine {
  return { ...line, removed: true };
}
