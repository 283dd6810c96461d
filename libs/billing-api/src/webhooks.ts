import { IsInt, IsNotEmpty, IsOptional, IsString, IsUUID, Max, MaxLength, Min, ValidateIf } from 'class-validator';
import { IsInstant } from '#runtime/instant';

export const WEBHOOKS = {
  add: 'webhooks.add',
  list: 'webhooks.list',
  remove: 'webhooks.remove',
  enable: 'webhooks.enable',
  rotate: 'webhooks.rotate',
  redeliver: 'webhooks.redeliver',
} as const;

/** A webhook endpoint as its owner sees it: never with its secret. Times are UTC, ISO 8601. */
export interface WebhookEndpoint {
  id: string;
  url: string;
  description: string | null;
  createdAt: string;
  state: 'active' | 'failing' | 'disabled';
  /** failed attempts in a row */
  attempts: number;
  failingSince: string | null;
  nextAttemptAt: string | null;
  lastProblem: string | null;
  lastDeliveredAt: string | null;
  disabledAt: string | null;
  disabledBecause: string | null;
  /** until when the secret before the present one signs as well */
  previousSecretUntil: string | null;
}

/** An endpoint with its secret, `whsec_…`, which cannot be shown again. */
export interface NewWebhookEndpoint extends WebhookEndpoint {
  secret: string;
}

/** Answer: 201 {@link NewWebhookEndpoint}; 400 for a target that is refused. */
export class AddWebhook {
  @IsUUID()
  tenantId!: string;

  @IsString()
  @IsNotEmpty()
  url!: string;

  /** what it is for, to be recognised by */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  description?: string;
}

/** Answer: 200 `{endpoints: WebhookEndpoint[]}`, oldest first. */
export class ListWebhooks {
  @IsUUID()
  tenantId!: string;
}

/** Names one endpoint. Answer of remove: 200 `{id}`, of enable: 200 {@link WebhookEndpoint}; 404 when there is none. */
export class NameWebhook {
  @IsUUID()
  tenantId!: string;

  @IsUUID()
  id!: string;
}

/** A new secret. Answer: 200 {@link NewWebhookEndpoint}; 404 when there is none. */
export class RotateWebhook extends NameWebhook {
  /** how long the secret before signs as well, 24 if not given; 0 for one that somebody else knows */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(168)
  overlapHours?: number;
}

/**
 * Has one event, or all since a time, sent again; give one of the two. Answer: 202 `{events}`, how many that are at least;
 * 404 for an endpoint or an event that is not kept, 409 while the endpoint is disabled.
 */
export class RedeliverWebhook extends NameWebhook {
  @IsOptional()
  @IsUUID()
  eventId?: string;

  /** events that billing told at or after it; null is no time, and not all of them */
  @ValidateIf((_, since) => since !== undefined)
  @IsInstant()
  since?: string;
}
