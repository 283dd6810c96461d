import { Equals, IsIn, IsInt, IsObject, IsOptional, IsString, IsUUID, Matches, Min } from 'class-validator';
import { currentCorrelation } from '#runtime/correlation';
import { newId } from '#runtime/ids';
import { IsInstant } from '#runtime/instant';

/** What made an event happen: the command, the HTTP request behind it, and who asked. */
export interface Cause {
  commandId: string;
  requestId: string;
  /** `connection:<id>`, or `operator` for the command line */
  actor: string;
}

/**
 * CloudEvents 1.0 in its JSON format. Extension attributes are lower case, as the specification has it:
 * `tenantid`, `version` (of the subject, contiguous), `commandid`, `requestid`, `actor`.
 */
export class CloudEvent<T extends object = object> {
  @Equals('1.0')
  specversion!: '1.0';

  @IsUUID()
  id!: string;

  @IsIn(['rollcall/directory', 'rollcall/billing', 'rollcall/scim-gateway'])
  source!: 'rollcall/directory' | 'rollcall/billing' | 'rollcall/scim-gateway';

  /** ends in its version: `user.created.v1` */
  @Matches(/^[a-z_]+(?:\.[a-z_]+)+\.v\d+$/)
  type!: string;

  /** `users/<id>` */
  @IsString()
  subject!: string;

  /** when it happened, UTC, ISO 8601 with milliseconds */
  @IsInstant()
  time!: string;

  @Equals('application/json')
  datacontenttype!: 'application/json';

  @IsUUID()
  tenantid!: string;

  @IsInt()
  @Min(1)
  version!: number;

  @IsUUID()
  commandid!: string;

  @IsString()
  requestid!: string;

  @IsString()
  actor!: string;

  /** id of the event that made this one happen, where one did */
  @IsOptional()
  @IsUUID()
  causationid?: string;

  /** W3C trace context of what made it happen (CloudEvents Distributed Tracing extension) */
  @IsOptional()
  @IsString()
  traceparent?: string;

  @IsObject()
  data!: T;
}

/** What the maker of an event says; {@link cloudEvent} adds the rest. */
export interface EventFacts<T extends object> {
  /** a new one where none is given */
  id?: string;
  source: CloudEvent['source'];
  type: string;
  tenantId: string;
  subject: string;
  version: number;
  time: Date;
  cause: Cause;
  causationId?: string;
  data: T;
}

/** The event of these facts, now; its trace is that of the current work. */
export function cloudEvent<T extends object>(facts: EventFacts<T>): CloudEvent<T> {
  const traceparent = currentCorrelation()?.traceparent;
  return {
    specversion: '1.0',
    id: facts.id ?? newId(),
    source: facts.source,
    type: facts.type,
    subject: facts.subject,
    time: facts.time.toISOString(),
    datacontenttype: 'application/json',
    tenantid: facts.tenantId,
    version: facts.version,
    commandid: facts.cause.commandId,
    requestid: facts.cause.requestId,
    actor: facts.cause.actor,
    ...(facts.causationId ? { causationid: facts.causationId } : {}),
    ...(traceparent && { traceparent }),
    data: facts.data,
  };
}
