export const PARTITIONS = 16;

/** A tenant's outbox partition: one of {@link PARTITIONS}, from the random end of its UUID. */
export function partitionOf(tenantId: string): number {
  return Number.parseInt(tenantId.slice(-2), 16) % PARTITIONS;
}
