import type { Balance } from './tally.ts';

/**
 * Divides changes where the term of a tenant ends: those behind the first that happened after its end wait until the next term
 * has begun. Nothing happens later than now, whatever an event says.
 *
 * @returns `ended` tenants whose term is over, with all of `before` applied
 */
export function untilTermsEnd<C extends { tenantId: string; at: Date }>(
  changes: readonly C[],
  balances: readonly Balance[],
  now: Date,
): { before: C[]; after: C[]; ended: string[] } {
  const ends = new Map<string, number>();
  for (const { tenantId, term } of balances) {
    const end = Date.parse(term?.endsAt ?? '');
    if (end <= now.getTime()) ends.set(tenantId, end);
  }
  const ended = new Set<string>();
  const before: C[] = [];
  const after: C[] = [];
  for (const change of changes) {
    const end = ends.get(change.tenantId);
    if (end !== undefined && change.at.getTime() >= end) ended.add(change.tenantId);
    (ended.has(change.tenantId) ? after : before).push(change);
  }
  return { before, after, ended: [...ended] };
}
