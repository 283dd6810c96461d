import type { EntityManager } from 'typeorm';
import type { LineCause } from '../seats/line-cause.ts';
import { moveSeats } from '../seats/move-seats.ts';
import { lockBalances } from '../seats/seat-rows.ts';
import { type Group, GroupGraph } from './group-graph.ts';
import { findAllMembers, findEdges, findGroups, findLightGroups, saveGroups } from './group-rows.ts';
import { DEFAULT_LIGHT_GROUP } from './seat-class.ts';

/** The light group that a tenant is to have. */
export interface LightGroup {
  tenantId: string;
  name: string;
}

/** Names a tenant's light group and changes the classes that follow from it, when it is another than before. */
export async function nameLightGroup(
  tx: EntityManager,
  { tenantId, name }: LightGroup,
  { at, now, cause }: { at: Date; now: Date; cause: LineCause },
): Promise<void> {
  const lightGroups = await findLightGroups(tx, [tenantId]);
  const before = lightGroups.get(tenantId) ?? DEFAULT_LIGHT_GROUP;
  if (before === name) return;
  await tx.query(
    `INSERT INTO light_group (tenant_id, name, set_at) VALUES ($1, $2, $3)
     ON CONFLICT (tenant_id) DO UPDATE SET name = excluded.name, set_at = excluded.set_at`,
    [tenantId, name, now],
  );
  const named = await tx.query<Pick<Group, 'tenantId' | 'groupId'>[]>(
    `SELECT tenant_id AS "tenantId", group_id AS "groupId" FROM directory_group
     WHERE tenant_id = $1 AND display_name = ANY($2::text[]) AND NOT gone`,
    [tenantId, [before, name]],
  );
  const edges = await findEdges(tx, named);
  const ids = new Set([
    ...named.map(({ groupId }) => groupId),
    ...edges.flatMap(({ groupId, memberId }) => [groupId, memberId]),
  ]);
  const groups = await findGroups(
    tx,
    [...ids].map((groupId) => ({ tenantId, groupId })),
  );
  const graph = new GroupGraph(groups, edges, lightGroups);
  const moved = graph.nameLightGroup(tenantId, name);
  const members = await findAllMembers(
    tx,
    moved.map(({ groupId }) => ({ tenantId, groupId })),
  );
  const balances = await lockBalances(tx, [tenantId]);
  await moveSeats(tx, { changes: [{ tenantId, moved, at, cause }], balances, members, now });
  await saveGroups(tx, graph.outcome().groups);
}
