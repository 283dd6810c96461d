import { ArrayMaxSize, IsIn, IsInt, IsObject, IsOptional, IsString, IsUUID, Max, Min } from 'class-validator';

export const SCIM_REQUEST_HANDLED = 'scim.request.handled.v1';

/** Commands that one request's record names at most: as many as a bulk request may have operations. */
export const COMMANDS_PER_REQUEST = 1_000;

/** Who a User-Agent header says it is; `other` for one that is none of these or none at all. */
export const CLIENTS = ['okta', 'entra', 'google', 'onelogin', 'jumpcloud', 'rippling', 'other'] as const;
export type Client = (typeof CLIENTS)[number];

/**
 * The gateway answered a SCIM request of a known connection, or refused credentials meant for it (401). The envelope says when it came, whose it was and its
 * request id; `version` is always 1. It holds no credential, no query and no profile value: a path is its template, an
 * id is one of ours, a detail is redacted. It leaves through no outbox: the gateway drops the oldest when the broker is
 * away, so it is a record for people, never a fact to compute with.
 */
export class ScimRequestHandled {
  @IsUUID()
  connectionId!: string;

  @IsString()
  method!: string;

  /** `/scim/v2/Users/:id` */
  @IsString()
  path!: string;

  @IsOptional()
  @IsString()
  resourceType?: string;

  @IsOptional()
  @IsUUID()
  resourceId?: string;

  @IsInt()
  @Min(100)
  @Max(599)
  status!: number;

  @IsOptional()
  @IsString()
  scimType?: string;

  /** what an error's body told the client; of refused credentials what it did not tell, which is what was wrong with them */
  @IsOptional()
  @IsString()
  detail?: string;

  /** from the request's head to the end of the answer, milliseconds */
  @IsInt()
  @Min(0)
  @Max(2_147_483_647)
  ms!: number;

  @IsIn(CLIENTS)
  client!: Client;

  /** the dialect the request was understood in */
  @IsString()
  dialect!: string;

  /** what got done only in part, by kind: how often, such as `{"skipped-members": 2}` */
  @IsObject()
  warnings!: Record<string, number>;

  /** ids of the commands that its writes sent, in order: their events have these as `commandid`; absent for a read */
  @IsOptional()
  @ArrayMaxSize(COMMANDS_PER_REQUEST)
  @IsUUID(undefined, { each: true })
  commands?: string[];
}

export const example: ScimRequestHandled = {
  connectionId: '0192d5a4-7c1e-7000-8000-000000000002',
  method: 'PATCH',
  path: '/scim/v2/Groups/:id',
  resourceType: 'Group',
  resourceId: '0192d5a4-7c1e-7000-8000-000000000006',
  status: 204,
  ms: 12,
  client: 'okta',
  dialect: 'okta',
  warnings: { 'skipped-members': 2 },
  commands: ['0192d5a4-7c1e-7000-8000-000000000007'],
};
