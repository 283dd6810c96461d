import {
  IsBoolean,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  IsUUID,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { IsInstant } from '#runtime/instant';

export const ACTIVITY = { list: 'activity.list', show: 'activity.show' } as const;

/** A status such as 409, or a class of them such as 4xx. */
export const STATUS_PATTERN = /^[1-5](?:\d\d|xx)$/;

/** Where a page ended: the time and the id of its last request, `2026-01-31T12:00:00.000Z/<id>`. */
export const CURSOR_PATTERN =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** The cursor that goes on after this request. */
export function cursorAfter({ at, id }: Pick<HandledRequest, 'at' | 'id'>): string {
  return `${at}/${id}`;
}

/**
 * Answer: 200 {@link HandledRequest}`[]`, newest first, by time and then id. What arrives meanwhile is newer or, if late,
 * in its place: with `before` set to the {@link cursorAfter last one's} cursor nothing is shown twice.
 */
export class ListActivity {
  @IsUUID()
  tenantId!: string;

  @IsOptional()
  @Matches(STATUS_PATTERN)
  status?: string;

  /** only what a client or server error ended */
  @IsOptional()
  @IsBoolean()
  errors?: boolean;

  @IsOptional()
  @IsUUID()
  connectionId?: string;

  @IsOptional()
  @IsUUID()
  resourceId?: string;

  /** only what came at or after this time, ISO 8601 */
  @IsOptional()
  @IsInstant()
  since?: string;

  /** only what came before this time, ISO 8601 */
  @IsOptional()
  @IsInstant()
  until?: string;

  @IsOptional()
  @Matches(CURSOR_PATTERN)
  before?: string;

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

/** An attribute that a write changed; without `before` it was not there, without `after` it is gone. */
export interface AttributeChange {
  /** `title`, `name.givenName`, `urn:…:User:department`; `…` stands for those past the bound */
  path: string;
  /** a text as it is, anything else as JSON; cut */
  before?: string;
  after?: string;
  /** it changed, and its values are not kept because they may be secret */
  hidden?: true;
}

/** An event that a request made happen. */
export interface CausedEvent {
  id: string;
  type: string;
  subject: string;
  version: number;
  at: string;
  /** null when it changed no attribute, or the days of retention are over */
  changes: AttributeChange[] | null;
  /** false: it waits in the outbox for the broker */
  published: boolean;
}

export interface ShownActivity {
  /** one, or several where the client used its own request id more than once */
  requests: HandledRequest[];
  /** what their commands made happen, in order, the first of it */
  events: CausedEvent[];
  /** how many events there are in all */
  eventCount: number;
}
