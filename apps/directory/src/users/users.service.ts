import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type {
  CreateResource,
  DeleteResource,
  GetResource,
  ListResources,
  PatchResource,
  ReplaceResource,
} from '#directory-api/scim-command';
import type { Cause, CloudEvent } from '#events/envelope';
import { transaction } from '#postgres/transaction';
import type { CommandContext } from '#rabbit/server';
import { Clock } from '#runtime/clock';
import { newId } from '#runtime/ids';
import { applyPatch, readPatch } from '#scim/patch';
import type { Resource } from '#scim/resource';
import type { ResourceType } from '#scim/schema';
import { appendWithChanges, type Shown } from '../activity/append-changes.ts';
import { carriedOut } from '../commands/carried-out.ts';
import { causeOf } from '../commands/command.ts';
import { checkMatch } from '../commands/preconditions.ts';
import { noteDeactivation } from '../connections/deactivations.ts';
import { readList } from '../query/list.ts';
import { holdSchemas, ownSchemasIn } from '../schemas/schema-rows.ts';
import { TenantTypes } from '../schemas/tenant-types.ts';
import { keepOneAdmin } from './last-admin.ts';
import { User } from './user.entity.ts';
import { UserCreation } from './user-creation.ts';
import { changes, created, deleted, userEvent } from './user-events.ts';
import { toColumns, toResource } from './user-resource.ts';
import { findUser, insertUser, lockUser, USERS_LISTED, type UserRow, updateUser } from './user-rows.ts';

/** Users as the identity provider sees them. Every method that changes something is one transaction. */
@Injectable()
export class UsersService {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(TenantTypes) private readonly types: TenantTypes,
    @Inject(UserCreation) private readonly creation: UserCreation,
  ) {}

  /** @throws ScimError 409 uniqueness when the userName is taken, by whomever */
  async create(command: CreateResource, context: CommandContext): Promise<Resource> {
    const now = this.clock.now();
    const user: User = {
      tenantId: command.tenantId,
      id: newId(),
      admin: false,
      managedBy: command.connectionId,
      version: 1,
      createdAt: now,
      updatedAt: now,
      firstSignedInAt: null,
      deletedAt: null,
      ...toColumns(command.resource as Resource),
    };
    const before = await this.answered(this.dataSource.manager, command, context);
    if (before) return before;
    const { user: type } = await this.types.of(command);
    const fact = created(user, type);
    const event = userEvent(user, user.version, fact, causeOf(context, command), now);
    await this.insert(user, event, fact);
    return toResource({ ...user, groups: [] }, command.baseUrl);
  }

  async get({ tenantId, id, baseUrl }: GetResource): Promise<Resource> {
    return toResource(await findUser(this.dataSource.manager, tenantId, id), baseUrl);
  }

  /** A page in the order asked for, else of creation, with the exact number of all that match. */
  async list(command: ListResources) {
    const { user: type } = await this.types.of(command);
    const page = await readList<UserRow>(this.dataSource, { ...USERS_LISTED, type }, command, this.clock.now());
    return { ...page, resources: page.rows.map((user) => toResource(user, command.baseUrl)) };
  }

  /** RFC 7644 §3.5.1. The first write of a connection to a local user links it. */
  async replace(command: ReplaceResource, context: CommandContext): Promise<Resource> {
    return this.change(command, context, () => command.resource as Resource);
  }

  /** RFC 7644 §3.5.2, applied under the row's lock. */
  async patch(command: PatchResource, context: CommandContext): Promise<Resource> {
    const dialect = command.dialect === 'auto' ? 'rfc' : command.dialect;
    const { user: type } = await this.types.of(command);
    const operations = readPatch(command.patch as never, type);
    return this.change(command, context, (before) => applyPatch(before, operations, type, dialect));
  }

  /** The seat goes with the event; the row stays as a tombstone, out of everybody's sight. */
  async delete(command: DeleteResource, context: CommandContext): Promise<void> {
    await transaction(this.dataSource, async (tx) => {
      if (await carriedOut(tx, command.tenantId, context)) return;
      const user = await lockUser(tx, command.tenantId, command.id);
      checkMatch(command, user.version);
      await keepOneAdmin(tx, user);
      const now = this.clock.now();
      await tx.query('DELETE FROM memberships WHERE tenant_id = $1 AND user_id = $2', [user.tenantId, user.id]);
      await tx.query(
        'UPDATE users SET deleted_at = $3, updated_at = $3, version = version + 1 WHERE tenant_id = $1 AND id = $2',
        [user.tenantId, user.id, now],
      );
      if (user.active) await noteDeactivation(tx, command, now);
      const fact = deleted(user);
      const event = userEvent(user, user.version + 1, fact, causeOf(context, command), now);
      await appendWithChanges(tx, [event], [fact]);
    });
  }

  /** In one statement, unless a schema of the tenant's own must be held meanwhile. */
  private async insert(user: User, event: CloudEvent, fact: Shown): Promise<void> {
    if (ownSchemasIn(user.data).length === 0) return this.creation.save(user, event, fact);
    await transaction(this.dataSource, async (tx) => {
      await holdSchemas(tx, user.tenantId, user.data);
      await insertUser(tx, user);
      await appendWithChanges(tx, [event], [fact]);
    });
  }

  private async change(
    command: ReplaceResource | PatchResource,
    context: CommandContext,
    decide: (before: Resource) => Resource,
  ): Promise<Resource> {
    return transaction(this.dataSource, async (tx) => {
      const answered = await this.answered(tx, command, context);
      if (answered) return answered;
      const before = await lockUser(tx, command.tenantId, command.id);
      checkMatch(command, before.version);
      const after = { ...before, ...toColumns(decide(before.data)), managedBy: command.connectionId };
      if (before.managedBy === after.managedBy && isDeepStrictEqual(before.data, after.data)) {
        return toResource(before, command.baseUrl);
      }
      await holdSchemas(tx, command.tenantId, after.data);
      if (!after.active) await keepOneAdmin(tx, before);
      if (before.active && !after.active) await noteDeactivation(tx, command, this.clock.now());
      const { user: type } = await this.types.of(command);
      await this.save(tx, before, after, type, causeOf(context, command));
      return toResource(after, command.baseUrl);
    });
  }

  /** Writes the row and tells what changed; `after` gets its new version. */
  private async save(tx: EntityManager, before: User, after: User, type: ResourceType, cause: Cause): Promise<void> {
    const now = this.clock.now();
    const facts = changes(before, after, type);
    after.version = before.version + facts.length;
    after.updatedAt = now;
    await updateUser(tx, after);
    const events = facts.map((fact, index) => userEvent(after, before.version + index + 1, fact, cause, now));
    await appendWithChanges(tx, events, facts);
  }

  /** The answer of a command that was delivered before and committed then; it is not applied twice. */
  private async answered(
    tx: EntityManager,
    { tenantId, baseUrl }: { tenantId: string; baseUrl: string },
    context: CommandContext,
  ): Promise<Resource | undefined> {
    const id = await carriedOut(tx, tenantId, context);
    return id === undefined ? undefined : toResource(await findUser(tx, tenantId, id), baseUrl);
  }
}
