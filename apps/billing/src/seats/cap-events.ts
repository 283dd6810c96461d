import { CAP_REACHED, type CapReached } from '#events/cap-reached.v1';
import { type Cause, type CloudEvent, cloudEvent } from '#events/envelope';
import type { LineCause } from './line-cause.ts';
import type { Tally } from './tally.ts';

/** What is to be told of thresholds of the cap that a tenant's seats have come to: of each once a term. */
export function capEvents(
  tally: Tally,
  { at, recordedAt, cause }: { at: Date; recordedAt: Date; cause: Cause & Partial<LineCause> },
): CloudEvent<CapReached>[] {
  return tally.reached().map((reached) =>
    cloudEvent<CapReached>({
      source: 'rollcall/billing',
      type: CAP_REACHED,
      tenantId: tally.tenantId,
      subject: `caps/${reached.term}/${reached.threshold}`,
      version: 1,
      time: at,
      cause,
      ...(cause.eventId && { causationId: cause.eventId }),
      data: { ...reached, recordedAt: recordedAt.toISOString() },
    }),
  );
}
