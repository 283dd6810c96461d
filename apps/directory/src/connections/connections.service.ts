import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type {
  Authenticate,
  ConnectionIdentity,
  ConnectionSecret,
  DisableConnection,
  EnableConnection,
  RotateToken,
} from '#directory-api/connections';
import type { TenantSchemas } from '#directory-api/schemas';
import { issueToken } from '#directory-api/token';
import { CONNECTION_CHANGED } from '#events/connection-changed.v1';
import { type Cause, cloudEvent } from '#events/envelope';
import { append } from '#outbox/append';
import { transaction } from '#postgres/transaction';
import { Clock } from '#runtime/clock';
import { newId } from '#runtime/ids';
import { ScimError } from '#scim/error';
import { kindsOf } from '../entitlements/entitlement-rows.ts';
import { extensionsOf } from '../schemas/schema-rows.ts';
import { lockTenant } from '../tenants/tenants.service.ts';
import { Connection } from './connection.entity.ts';
import { type Checks, CredentialsRefused, reasonToRefuse } from './credentials-refused.ts';

const NO_SSO =
  'SCIM needs single sign-on first: people it creates sign in through the identity provider. Set SSO up (ctl sso set), then turn SCIM on.';
const NOT_ON = 'SCIM is not turned on for this tenant. Turn it on first: ctl scim on';

/** A tenant's SCIM connection and its token. A tenant has one connection; turning it off keeps it and all it manages. */
@Injectable()
export class ConnectionsService {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * One look tells both who it is and, when it is nobody, whose log that belongs in: the connection that the token is or was
   * of, else the tenant's.
   *
   * @throws CredentialsRefused 401 for a wrong or revoked token, a wrong username, or SCIM turned off
   */
  async authenticate({ tenantId, tokenHash, username }: Authenticate): Promise<ConnectionIdentity> {
    const [found] = await this.dataSource.query<IdentityRow[]>(
      `SELECT c.tenant_id AS "tenantId", c.id AS "connectionId", c.scope, c.dialect, c.enabled,
              $3::text IS NULL OR c.username = $3 AS "isNamed",
              t.token_hash IS NOT NULL AS "isKnown", t.revoked_at IS NOT NULL AS "isRevoked",
              n.schemas_version AS version,
              CASE WHEN n.schemas_version IS NOT NULL THEN ${extensionsOf('c.tenant_id')} END AS extensions,
              ${kindsOf('c.tenant_id')} AS catalogue
       FROM connections c JOIN tenants n ON n.tenant_id = c.tenant_id
       LEFT JOIN tokens t ON t.tenant_id = c.tenant_id AND t.token_hash = $2 AND t.connection_id = c.id
       WHERE c.tenant_id = $1 ORDER BY "isKnown" DESC, c.id LIMIT 1`,
      [tenantId, tokenHash, username ?? null],
    );
    if (!found) throw new CredentialsRefused();
    const { connectionId, scope, dialect, version, extensions, catalogue } = found;
    const reason = reasonToRefuse(found);
    if (reason !== undefined) throw new CredentialsRefused({ tenantId, connectionId, dialect, reason });
    return {
      tenantId,
      connectionId,
      scope,
      dialect,
      ...(version && extensions && { schemas: { version, extensions } }),
      ...(catalogue.length > 0 && { catalogue }),
    };
  }

  /**
   * Turns SCIM on with a new token; when it is on already, changes its settings and leaves the token.
   *
   * @throws ScimError 404 no such tenant; 409 SSO is not set up
   */
  async enable({ tenantId, ...settings }: EnableConnection, cause: Cause): Promise<ConnectionSecret> {
    return transaction(this.dataSource, async (tx) => {
      await lockTenant(tx, tenantId);
      const sso: unknown[] = await tx.query('SELECT 1 FROM sso_settings WHERE tenant_id = $1', [tenantId]);
      if (sso.length === 0) throw new ScimError(409, NO_SSO);
      const existing = await tx.findOneBy(Connection, { tenantId });
      const connection = {
        ...(existing ?? this.newConnection(tenantId)),
        enabled: true,
        ...given(settings),
      };
      await saveConnection(tx, connection, cause, this.clock.now());
      if (existing?.enabled) return { connectionId: existing.id, username: existing.username };
      return this.exchangeToken(tx, connection);
    });
  }

  /** @throws ScimError 404 when it was never on */
  async disable({ tenantId }: DisableConnection, cause: Cause): Promise<void> {
    await transaction(this.dataSource, async (tx) => {
      const connection = await this.find(tx, tenantId);
      await saveConnection(tx, { ...connection, enabled: false }, cause, this.clock.now());
    });
  }

  /** The old token ends with this transaction. @throws ScimError 404 when SCIM is not on */
  async rotate({ tenantId }: RotateToken, cause: Cause): Promise<ConnectionSecret> {
    return transaction(this.dataSource, async (tx) => {
      const connection = await this.find(tx, tenantId);
      if (!connection.enabled) throw new ScimError(404, NOT_ON);
      await saveConnection(tx, connection, cause, this.clock.now());
      return this.exchangeToken(tx, connection);
    });
  }

  private newConnection(tenantId: string): Connection {
    const id = newId();
    return {
      tenantId,
      id,
      username: `scim-${id.slice(-12)}`,
      enabled: true,
      scope: 'users_and_groups',
      dialect: 'auto',
      memberPolicy: 'keep_local_members',
      strictMembers: false,
      version: 0,
      createdAt: this.clock.now(),
    };
  }

  private async find(tx: EntityManager, tenantId: string): Promise<Connection> {
    await lockTenant(tx, tenantId);
    const connection = await tx.findOneBy(Connection, { tenantId });
    if (!connection) throw new ScimError(404, NOT_ON);
    return connection;
  }

  private async exchangeToken(tx: EntityManager, { tenantId, id, username }: Connection): Promise<ConnectionSecret> {
    const { token, tokenHash } = issueToken(tenantId);
    const now = this.clock.now();
    await tx.query(
      'UPDATE tokens SET revoked_at = $3 WHERE tenant_id = $1 AND connection_id = $2 AND revoked_at IS NULL',
      [tenantId, id, now],
    );
    await tx.query('INSERT INTO tokens (tenant_id, token_hash, connection_id, created_at) VALUES ($1, $2, $3, $4)', [
      tenantId,
      tokenHash,
      id,
      now,
    ]);
    return { connectionId: id, username, token };
  }
}

type IdentityRow = Omit<Required<ConnectionIdentity>, 'schemas'> &
  Checks & {
    version: string | null;
    extensions: TenantSchemas['extensions'] | null;
  };

/** The settings that were given; the others stay as they are. */
function given({ scope, dialect, memberPolicy, strictMembers }: Omit<EnableConnection, 'tenantId'>) {
  return {
    ...(scope && { scope }),
    ...(dialect && { dialect }),
    ...(memberPolicy && { memberPolicy }),
    ...(strictMembers !== undefined && { strictMembers }),
  };
}

/** Writes the connection with its next version and tells the gateways to forget what they know of it. */
async function saveConnection(tx: EntityManager, connection: Connection, cause: Cause, now: Date): Promise<void> {
  const { tenantId, id, enabled, scope } = connection;
  const version = connection.version + 1;
  await tx.upsert(Connection, { ...connection, version }, ['tenantId', 'id']);
  await append(
    tx,
    cloudEvent({
      source: 'rollcall/directory',
      type: CONNECTION_CHANGED,
      tenantId,
      subject: `connections/${id}`,
      version,
      time: now,
      cause,
      data: { connectionId: id, enabled, scope },
    }),
  );
}

/** Has the gateways ask again what they know of a tenant's connections. Call it last, with the tenant locked. */
export async function tellConnectionsChanged(
  tx: EntityManager,
  tenantId: string,
  cause: Cause,
  now: Date,
): Promise<void> {
  for (const connection of await tx.findBy(Connection, { tenantId })) await saveConnection(tx, connection, cause, now);
}
