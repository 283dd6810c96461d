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
import { wakeRelay } from '#outbox/relay';
import { canRunAgain } from '#postgres/postgres-error';
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
import { saveChange, type UserChange } from './user-change.ts';
import { UserCreation } from './user-creation.ts';
import { changes, created, deleted, userEvent } from './user-events.ts';
import { toColumns, toResource } from './user-resource.ts';
import { findUser, insertUser, lockUser, USERS_LISTED, type UserRow } from './user-rows.ts';

/** Users as the identity provider sees them. Every method that changes something is one transaction, or one statement. */
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

  /** RFC 7644 §3.5.2. */
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

  /**
   * Reads, decides, and saves if nothing has changed meanwhile: two statements. Where something has, or a lock must be held
   * meanwhile, it is done again under the row's lock.
   */
  private async change(
    command: ReplaceResource | PatchResource,
    context: CommandContext,
    decide: (before: Resource) => Resource,
  ): Promise<Resource> {
    const tx = this.dataSource.manager;
    const answered = await this.answered(tx, command, context);
    if (answered) return answered;
    const { user: type } = await this.types.of(command);
    const decided = (before: UserRow) => this.decided(before, command, type, causeOf(context, command), decide);
    const before = await findUser(tx, command.tenantId, command.id);
    const change = decided(before);
    if (!change) return toResource(before, command.baseUrl);
    if (!needsLock(change) && (await this.saved(tx, change))) return toResource(change.after, command.baseUrl);
    return transaction(this.dataSource, (locked) => this.changeLocked(locked, command, decided));
  }

  private async changeLocked(
    tx: EntityManager,
    command: ReplaceResource | PatchResource,
    decided: (before: UserRow) => UserChange | undefined,
  ): Promise<Resource> {
    const before = await lockUser(tx, command.tenantId, command.id);
    const change = decided(before);
    if (!change) return toResource(before, command.baseUrl);
    const { after } = change;
    await holdSchemas(tx, command.tenantId, after.data);
    if (!after.active) await keepOneAdmin(tx, before);
    await saveChange(tx, change);
    return toResource(after, command.baseUrl);
  }

  /** What the command makes of the user; undefined when that is nothing. @throws ScimError 412 */
  private decided(
    before: UserRow,
    command: ReplaceResource | PatchResource,
    type: ResourceType,
    cause: Cause,
    decide: (before: Resource) => Resource,
  ): UserChange | undefined {
    checkMatch(command, before.version);
    const now = this.clock.now();
    const { connectionId } = command;
    const after = { ...before, ...toColumns(decide(before.data)), managedBy: connectionId, updatedAt: now };
    if (before.managedBy === after.managedBy && isDeepStrictEqual(before.data, after.data)) return undefined;
    const facts = changes(before, after, type);
    after.version = before.version + facts.length;
    const events = facts.map((fact, index) => userEvent(after, before.version + index + 1, fact, cause, now));
    return { before, after, events, facts, connectionId };
  }

  /** As a statement of its own. @returns false when another change came between, or was waited for in a circle */
  private async saved(tx: EntityManager, change: UserChange): Promise<boolean> {
    try {
      const saved = await saveChange(tx, change);
      if (saved) wakeRelay(this.dataSource);
      return saved;
    } catch (error) {
      if (canRunAgain(error)) return false;
      throw error;
    }
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

/** A schema that the user has values of, or a tenant whose last admin it might be, must be held while it is saved. */
function needsLock({ before, after }: UserChange): boolean {
  return ownSchemasIn(after.data).length > 0 || (before.admin && !after.active);
}
