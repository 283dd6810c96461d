import {
  IsInt,
  IsISO8601,
  IsNotEmpty,
  IsOptional,
  IsString,
  IsUUID,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';

export const ACTIVITY = { list: 'activity.list', show: 'activity.show' } as const;

/** A status such as 409, or a class of them such as 4xx. */
export const STATUS_PATTERN = /^[1-5](?:\d\d|xx)$/;

/** Answer: 200 {@link HandledRequest}`[]`, newest first. */
export class ListActivity {
  @IsUUID()
  tenantId!: string;

  @IsOptional()
  @Matches(STATUS_PATTERN)
  status?: string;

  /** only what came at or after this time, ISO 8601 */
  @IsOptional()
  @IsISO8601({ strict: true })
  since?: string;

  @IsInt()
  @Min(1)
  @Max(1_000)
  limit!: number;
}

/** Answer: 200 {@link ShownActivity}; 404 when no request of this id is kept. */
export class ShowActivity {
  @IsUUID()
  tenantId!: string;

  @IsString()
  @IsNotEmpty()
  @MaxLength(100)
  requestId!: string;
}

/** A SCIM request as it is kept; `null` where there is nothing to say. Times are ISO 8601, UTC. */
export interface HandledRequest {
  id: string;
  at: string;
  connectionId: string;
  requestId: string;
  method: string;
  path: string;
  resourceType: string | null;
  resourceId: string | null;
  status: number;
  scimType: string | null;
  detail: string | null;
  ms: number;
  client: string;
  dialect: string;
  /** how often, by kind */
  warnings: Record<string, number>;
}

/** An event that a request made happen. `changed` names the attributes where the event does; values are never shown. */
export interface CausedEvent {
  id: string;
  type: string;
  subject: string;
  version: number;
  at: string;
  changed: string[] | null;
}

export interface ShownActivity {
  /** one, or several where the client used its own request id more than once */
  requests: HandledRequest[];
  events: CausedEvent[];
}
