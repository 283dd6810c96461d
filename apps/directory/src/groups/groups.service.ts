import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { GroupMember, ListGroupMembers, NameGroup, ProtectGroup } from '#directory-api/admin';
import type {
  CreateResource,
  DeleteResource,
  GetResource,
  ListResources,
  PatchResource,
  ReplaceResource,
  ScimCommand,
} from '#directory-api/scim-command';
import type { Cause } from '#events/envelope';
import { transaction } from '#postgres/transaction';
import type { CommandContext } from '#rabbit/server';
import { Clock } from '#runtime/clock';
import { newId } from '#runtime/ids';
import { canonicalKey } from '#scim/canonical';
import { ScimError } from '#scim/error';
import { GROUP_URN } from '#scim/group';
import { type MemberChange, memberIds, splitMembers } from '#scim/members';
import { applyPatch, readPatch } from '#scim/patch';
import { type Resource, settleSchemas } from '#scim/resource';
import type { ResourceType } from '#scim/schema';
import { appendWithChanges } from '../activity/append-changes.ts';
import { carriedOut } from '../commands/carried-out.ts';
import { causeOf } from '../commands/command.ts';
import { checkMatch } from '../commands/preconditions.ts';
import { readList } from '../query/list.ts';
import { holdSchemas } from '../schemas/schema-rows.ts';
import { TenantTypes } from '../schemas/tenant-types.ts';
import { Group } from './group.entity.ts';
import { changes, created, deleted, groupEvents } from './group-events.ts';
import { listMembers } from './group-members.ts';
import { toColumns, toResource } from './group-resource.ts';
import {
  findGroup,
  type GroupRow,
  groupsListed,
  insertGroup,
  lockGroup,
  lockGroupByName,
  lockParents,
  nameTaken,
  refuseProtected,
  updateGroup,
} from './group-rows.ts';
import { changeMembers, deltaOf, letGo, type MembershipDelta } from './memberships.ts';
import { nestingTransaction, waitToNest } from './nesting.ts';

/** Groups as the identity provider sees them. Every method that changes something is one transaction. */
@Injectable()
export class GroupsService {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(TenantTypes) private readonly types: TenantTypes,
  ) {}

  /**
   * Makes the group, or links the local group of the same name: its members stay and the pushed ones are added
   * (docs/adr/0004).
   *
   * @throws ScimError 409 uniqueness when a connection manages a group of this name already
   */
  async create(command: CreateResource, context: CommandContext): Promise<Resource> {
    const columns = toColumns(command.resource as Resource);
    const members: MemberChange[] = [{ op: 'add', ids: memberIds((command.resource as Resource).members) }];
    const { group: type } = await this.types.of(command);
    const id = await nestingTransaction(this.dataSource, command.tenantId, async (tx) => {
      const before = await carriedOut(tx, command.tenantId, context);
      if (before) return before;
      await holdSchemas(tx, command.tenantId, columns.data);
      const existing = await lockGroupByName(tx, command.tenantId, columns.displayNameKey);
      if (!existing) return this.insert(tx, command, columns, members, type, causeOf(context, command));
      if (existing.managedBy !== null) throw nameTaken();
      refuseProtected(existing);
      const { displayName: _name, displayNameKey: _key, ...pushed } = columns;
      const data = { ...existing.data, ...pushed.data, displayName: existing.displayName };
      settleSchemas(data, type);
      const after = { ...existing, ...pushed, data, managedBy: command.connectionId };
      await this.save(tx, existing, after, members, type, causeOf(context, command));
      return existing.id;
    });
    return this.get({ ...command, id });
  }

  async get({ tenantId, id, baseUrl, ...wanted }: GetResource): Promise<Resource> {
    return toResource(await findGroup(this.dataSource.manager, tenantId, id, wantsMembers(wanted)), baseUrl);
  }

  /** A page in the order asked for, else of creation, with the exact number of all that match. */
  async list(command: ListResources) {
    const { group: type } = await this.types.of(command);
    const page = await readList<GroupRow>(
      this.dataSource,
      { ...groupsListed(wantsMembers(command)), type },
      command,
      this.clock.now(),
    );
    return { ...page, resources: page.rows.map((group) => toResource(group, command.baseUrl)) };
  }

  /** RFC 7644 §3.5.1. Replaces the members that the connection manages; local ones stay. */
  async replace(command: ReplaceResource, context: CommandContext): Promise<Resource> {
    const resource = command.resource as Resource;
    const members: MemberChange[] = [{ op: 'replaceAll', ids: memberIds(resource.members) }];
    await this.change(command, context, members, () => resource);
    return this.get(command);
  }

  /**
   * RFC 7644 §3.5.2, applied under the row's lock. Members are taken out of the operations and changed as rows.
   *
   * @returns the group's version afterwards
   */
  async patch(command: PatchResource, context: CommandContext): Promise<number> {
    const dialect = command.dialect === 'auto' ? 'rfc' : command.dialect;
    const { group: type } = await this.types.of(command);
    const { rest, changes: members } = splitMembers(readPatch(command.patch as never, type));
    return this.change(command, context, members, (before) => applyPatch(before, rest, type, dialect));
  }

  /**
   * A group the provider made is gone. A local group it was linked to goes back to the app: the provider's memberships
   * end, the group and its local members stay (docs/adr/0004).
   */
  async delete(command: DeleteResource, context: CommandContext): Promise<void> {
    await transaction(this.dataSource, async (tx) => {
      if (await carriedOut(tx, command.tenantId, context)) return;
      await waitToNest(tx, command.tenantId);
      const group = await lockGroup(tx, command.tenantId, command.id);
      checkMatch(command, group.version);
      if (group.managedBy === null) throw new ScimError(403, NOT_MANAGED);
      const cause = causeOf(context, command);
      if (group.origin === 'idp') await this.bury(tx, group, cause);
      else await this.unlink(tx, group, cause);
    });
  }

  /**
   * Undoes a link from the app's side, with what a DELETE by the provider does to a linked group.
   *
   * @throws ScimError 404 no such group; 409 it is not linked
   */
  async unlinkByName({ tenantId, name }: NameGroup, cause: Cause): Promise<Group> {
    return transaction(this.dataSource, async (tx) => {
      const group = await this.lockByName(tx, tenantId, name);
      if (group.managedBy === null || group.origin !== 'local') {
        throw new ScimError(409, `The group ${name} is not linked, so there is nothing to undo.`);
      }
      await this.unlink(tx, group, cause);
      return { ...group, managedBy: null };
    });
  }

  /** Forbids or allows connections to take a group over. Nothing is told: nobody outside sees it. @throws ScimError 404 */
  async protect({ tenantId, name, protected: on }: ProtectGroup): Promise<Group> {
    return transaction(this.dataSource, async (tx) => {
      const group = await this.lockByName(tx, tenantId, name);
      await tx.update(Group, { tenantId, id: group.id }, { protected: on });
      return { ...group, protected: on };
    });
  }

  /** A page of who is in a group, for the app. @throws ScimError 404 */
  async members(command: ListGroupMembers): Promise<GroupMember[]> {
    const found = await listMembers(this.dataSource.manager, command);
    if (!found) throw nobodyNamed(command.name);
    return found;
  }

  private async lockByName(tx: EntityManager, tenantId: string, name: string): Promise<Group> {
    const group = await lockGroupByName(tx, tenantId, canonicalKey(name));
    if (!group) throw nobodyNamed(name);
    return group;
  }

  private async insert(
    tx: EntityManager,
    { tenantId, connectionId }: ScimCommand,
    columns: ReturnType<typeof toColumns>,
    memberChanges: MemberChange[],
    type: ResourceType,
    cause: Cause,
  ): Promise<string> {
    const now = this.clock.now();
    const group: Group = {
      tenantId,
      id: newId(),
      origin: 'idp',
      managedBy: connectionId,
      protected: false,
      version: 1,
      createdAt: now,
      updatedAt: now,
      deletedAt: null,
      ...columns,
    };
    await insertGroup(tx, group);
    const delta = await changeMembers(tx, managed(group, connectionId), memberChanges);
    await this.write(tx, { ...group, version: 0 }, group, created(group, delta, type), cause);
    return group.id;
  }

  /** @returns the version afterwards */
  private async change(
    command: ReplaceResource | PatchResource,
    context: CommandContext,
    memberChanges: MemberChange[],
    decide: (before: Resource) => Resource,
  ): Promise<number> {
    return nestingTransaction(this.dataSource, command.tenantId, async (tx) => {
      if (await carriedOut(tx, command.tenantId, context)) {
        return (await findGroup(tx, command.tenantId, command.id, false)).version;
      }
      const before = await lockGroup(tx, command.tenantId, command.id);
      checkMatch(command, before.version);
      refuseProtected(before);
      const after = { ...before, ...toColumns(decide(before.data)), managedBy: command.connectionId };
      await holdSchemas(tx, command.tenantId, after.data);
      const { group: type } = await this.types.of(command);
      return this.save(tx, before, after, memberChanges, type, causeOf(context, command));
    });
  }

  /** Changes members and row, and tells what really changed; nothing when nothing did. @returns the version afterwards */
  private async save(
    tx: EntityManager,
    before: Group,
    after: Group,
    memberChanges: MemberChange[],
    type: ResourceType,
    cause: Cause,
  ): Promise<number> {
    const delta = await changeMembers(tx, managed(before, after.managedBy), memberChanges);
    const facts = changes(before, after, delta, type);
    return facts.length === 0 ? before.version : this.write(tx, before, after, facts, cause);
  }

  /** Ends the group, what it holds, and its place in the groups that hold it, which are told as changed. */
  private async bury(tx: EntityManager, group: Group, cause: Cause): Promise<void> {
    const ids = [group.tenantId, group.id];
    const parents = await lockParents(tx, group.tenantId, group.id);
    await tx.query('DELETE FROM memberships WHERE tenant_id = $1 AND group_id = $2', ids);
    await tx.query('DELETE FROM subgroups WHERE tenant_id = $1 AND (group_id = $2 OR member_id = $2)', ids);
    for (const parent of parents) {
      const facts = changes(parent, parent, deltaOf({ removedGroups: [group.id] }));
      await this.write(tx, parent, parent, facts, cause);
    }
    await this.write(tx, group, { ...group, deletedAt: this.clock.now() }, deleted(group), cause);
  }

  private async unlink(tx: EntityManager, group: Group, cause: Cause): Promise<void> {
    const delta: MembershipDelta = await letGo(tx, managed(group, group.managedBy));
    const after = { ...group, managedBy: null };
    await this.write(tx, group, after, changes(group, after, delta), cause);
  }

  /** Saves the row with the version of the last fact and puts the facts into the outbox. @returns the version */
  private async write(
    tx: EntityManager,
    before: Group,
    after: Group,
    facts: ReturnType<typeof changes>,
    cause: Cause,
  ): Promise<number> {
    const now = this.clock.now();
    const version = before.version + facts.length;
    await updateGroup(tx, { ...after, version, updatedAt: now });
    await appendWithChanges(tx, groupEvents(after, before.version, facts, cause, now), facts);
    return version;
  }
}

const NOT_MANAGED =
  'This group was made in the app and no identity provider manages it, so it can only be deleted in the app.';

function nobodyNamed(name: string): ScimError {
  return new ScimError(404, `No group is named ${name}. List them with: ctl groups list`);
}

function managed(group: Group, connectionId: string | null) {
  return { tenantId: group.tenantId, groupId: group.id, connectionId: connectionId ?? '' };
}

/** Members are read unless the client asked for a view without them: they can be a million rows. */
function wantsMembers({ attributes, excludedAttributes }: { attributes?: string[]; excludedAttributes?: string[] }) {
  const core = `${GROUP_URN}:`.toLowerCase();
  const names = (list: string[]) => list.map((name) => name.toLowerCase().replace(core, ''));
  if (attributes) return names(attributes).some((name) => name.split('.')[0] === 'members');
  return !names(excludedAttributes ?? []).includes('members');
}
