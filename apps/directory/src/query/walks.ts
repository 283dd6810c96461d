import { createHash } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { type Prepared, run } from '#postgres/prepared';
import type { Position } from './page.ts';

/** How many marks a tenant has at most; a new one takes the place of an old one. */
export const SLOTS = 64;

/** A client that waits longer between two pages begins anew. */
const FOR_MS = 600_000;

/** A list that somebody walks by startIndex. */
export interface Walk {
  tenantId: string;
  /** connection, type, filter, sort and order: who else walks the same list stands somewhere else */
  list: readonly string[];
  now: Date;
}

/**
 * Where the page from `startIndex` on begins, if the page before it was read lately, by whichever replica. A walk goes on
 * behind the row where it stood: who was deleted meanwhile moves nobody out of it, and who is new comes at its end.
 */
export async function findMark(tx: EntityManager, walk: Walk, startIndex: number): Promise<Position | undefined> {
  const { page, slot } = place(walk, startIndex);
  const since = new Date(walk.now.getTime() - FOR_MS);
  const [mark] = await run<Position>(tx, FIND, [walk.tenantId, slot, page, since]);
  return mark;
}

/**
 * Leaves a mark for the page from `startIndex` on: behind `position`. Every page has one slot of its tenant's few, so that
 * the marks stay few whatever a client asks; one that was overwritten costs a walk the rows it skips, once.
 */
export async function remember(tx: EntityManager, walk: Walk, startIndex: number, position: Position): Promise<void> {
  const { page, slot } = place(walk, startIndex);
  await run(tx, REMEMBER, [walk.tenantId, slot, page, position.key, position.id, walk.now]);
}

function place({ list }: Walk, startIndex: number): { page: Buffer; slot: number } {
  const page = createHash('sha256')
    .update(JSON.stringify([startIndex, ...list]))
    .digest();
  return { page, slot: page.readUInt8(0) % SLOTS };
}

const FIND: Prepared = {
  name: 'find_walk_mark',
  text: `
SELECT position_key AS key, position_id AS id FROM walk_marks
WHERE tenant_id = $1 AND slot = $2 AND page = $3 AND made_at >= $4`,
};

const REMEMBER: Prepared = {
  name: 'leave_walk_mark',
  text: `
INSERT INTO walk_marks (tenant_id, slot, page, position_key, position_id, made_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tenant_id, slot) DO UPDATE
SET page = excluded.page, position_key = excluded.position_key, position_id = excluded.position_id, made_at = excluded.made_at`,
};
