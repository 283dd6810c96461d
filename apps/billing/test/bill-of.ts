import { Bill } from '../src/terms/bill.ts';
import { Occupancy } from '../src/terms/occupancy.ts';
import { staysOf } from '../src/terms/stays.ts';
import type { Billed } from './naive-bill.ts';

/** The bill of a term by these facts, in the order of the ledger. */
export function billOf({ plan, term, facts }: Billed): Bill {
  const occupancy = new Occupancy(term);
  for (const own of Map.groupBy(facts, ({ userId }) => userId).values()) {
    for (const stay of staysOf(own, plan)) occupancy.add(stay);
  }
  return new Bill(plan, term, occupancy);
}
