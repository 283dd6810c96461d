import { ArrayMaxSize, IsInt, IsOptional, IsUUID, Matches, Max, Min } from 'class-validator';
import { IsInstant } from '#runtime/instant';

/** Commands of every service that tells events. */
export const REPLAY = { plan: 'events.plan', run: 'events.replay' } as const;

/** An event type, or a pattern of them as in a routing key: `user.created.v1`, `user.#`. */
const TYPE_PATTERN = /^[a-z0-9_*#]+(?:\.[a-z0-9_*#]+)*$/;

/**
 * Which of the events that were published once. What is absent does not narrow. Answer: 200 {@link ReplayPlan}; nothing is
 * published.
 */
export class PlanReplay {
  @IsOptional()
  @IsUUID()
  tenantId?: string;

  @IsOptional()
  @ArrayMaxSize(50)
  @Matches(TYPE_PATTERN, { each: true })
  types?: string[];

  /** that happened then or later, UTC */
  @IsOptional()
  @IsInstant()
  since?: string;

  /** that happened before then */
  @IsOptional()
  @IsInstant()
  until?: string;
}

export interface ReplayPlan {
  types: { type: string; count: number }[];
  /** positions in the outbox of the first and the last event, 0 when there is none */
  first: number;
  last: number;
}

/**
 * Publishes the next of the selected events again, as they are and in their order, for a few seconds at most.
 * Answer: 200 {@link ReplayProgress}.
 */
export class ReplayEvents extends PlanReplay {
  /** go on after this position */
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  after!: number;

  /** up to this position, from the plan, so that a replay ends while others write */
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  to!: number;
}

export interface ReplayProgress {
  /** events published by this command, confirmed */
  published: number;
  /** everything up to here is done */
  position: number;
  done: boolean;
  /** why it stopped before it was done and before its time was over */
  problem?: string;
}
