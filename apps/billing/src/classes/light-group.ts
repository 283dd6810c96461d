import type { DataSource } from 'typeorm';
import { transaction } from '#postgres/transaction';
import { moveSeats } from '../seats/move-seats.ts';
import type { LineCause } from '../seats/seat-decider.ts';
import { lockBalances } from '../seats/seat-rows.ts';
import { type Group, GroupGraph } from './group-graph.ts';
import { findAllMembers, findEdges, findGroups, findLightGroups, saveGroups } from './group-rows.ts';
import { DEFAULT_LIGHT_GROUP } from './seat-class.ts';

/** The light group that a tenant is to have. */
export interface LightGroup {
  tenantId: string;
  name: string;
}

/**
 * Names a tenant's light group and changes the classes that follow from it, in one commit.
 *
 * @returns how many lines that wrote
 */
export async function setLightGroup(
  dataSource: DataSource,
  { tenantId, name }: LightGroup,
  { now, cause }: { now: Date; cause: LineCause },
): Promise<number> {
  return transaction(dataSource, async (tx) => {
    const balances = await lockBalances(tx, [tenantId]);
    const lightGroups = await findLightGroups(tx, [tenantId]);
    const names = [lightGroups.get(tenantId) ?? DEFAULT_LIGHT_GROUP, name];
    await tx.query(
      `INSERT INTO light_group (tenant_id, name, set_at) VALUES ($1, $2, $3)
       ON CONFLICT (tenant_id) DO UPDATE SET name = excluded.name, set_at = excluded.set_at`,
      [tenantId, name, now],
    );
    const named = await tx.query<Pick<Group, 'tenantId' | 'groupId'>[]>(
      `SELECT tenant_id AS "tenantId", group_id AS "groupId" FROM directory_group
       WHERE tenant_id = $1 AND display_name = ANY($2::text[]) AND NOT gone`,
      [tenantId, names],
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
    const lines = await moveSeats(tx, { changes: [{ tenantId, moved, at: now, cause }], balances, members, now });
    await saveGroups(tx, graph.outcome().groups);
    return lines.length;
  });
}
