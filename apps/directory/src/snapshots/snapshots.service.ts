import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { SnapshotsTold, TellSnapshots } from '#directory-api/snapshots';
import { type Cause, type CloudEvent, cloudEvent } from '#events/envelope';
import { MEMBERS_PER_EVENT } from '#events/group-members-changed.v1';
import { GROUP_SNAPSHOT, type GroupSnapshot } from '#events/group-snapshot.v1';
import { TENANT_CREATED } from '#events/tenant-created.v1';
import { USER_SNAPSHOT, type UserSnapshot } from '#events/user-snapshot.v1';
import { append } from '#outbox/append';
import { transaction } from '#postgres/transaction';
import { Clock } from '#runtime/clock';
import { BEFORE_ALL } from '#runtime/ids';

/** Users or groups of one command: their rows are held while it lasts. */
const STEP = { users: 500, groups: 50 };

interface Held {
  id: string;
  version: number;
}

interface HeldUser extends Held, Omit<UserSnapshot, 'userId' | 'since' | 'signedInAt'> {
  createdAt: Date;
  signedInAt: Date | null;
}

interface HeldGroup extends Held, Pick<GroupSnapshot, 'displayName' | 'managedBy'> {}

/** Tells users and groups as they are. A row is held meanwhile, so that what changes it is told behind its snapshot. */
@Injectable()
export class SnapshotsService {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  async tell(
    { tenantId, kind, after = BEFORE_ALL, always = false }: TellSnapshots,
    cause: Cause,
  ): Promise<SnapshotsTold> {
    if (!always && (await this.isComplete(tenantId))) return { told: 0, complete: true, next: null };
    const held = await transaction(this.dataSource, (tx) =>
      kind === 'users' ? this.users(tx, tenantId, after, cause) : this.groups(tx, tenantId, after, cause),
    );
    const last = held.at(-1)?.id ?? null;
    return { told: held.length, complete: false, next: held.length === STEP[kind] ? last : null };
  }

  /** The first event of a tenant is that it was made: where it is kept, all are. */
  private async isComplete(tenantId: string): Promise<boolean> {
    const rows: unknown[] = await this.dataSource.query(
      'SELECT 1 FROM outbox WHERE tenant_id = $1 AND type = $2 LIMIT 1',
      [tenantId, TENANT_CREATED],
    );
    return rows.length > 0;
  }

  private async users(tx: EntityManager, tenantId: string, after: string, cause: Cause): Promise<Held[]> {
    const users: HeldUser[] = await tx.query(
      `SELECT id, version, user_name AS "userName", active, managed_by AS "managedBy", created_at AS "createdAt",
              first_signed_in_at AS "signedInAt"
       FROM users WHERE tenant_id = $1 AND deleted_at IS NULL AND id > $2 ORDER BY id LIMIT ${STEP.users} FOR SHARE`,
      [tenantId, after],
    );
    const events = users.map(({ id, version, createdAt, signedInAt, ...user }) => {
      const data: UserSnapshot = {
        userId: id,
        ...user,
        since: createdAt.toISOString(),
        ...(signedInAt && { signedInAt: signedInAt.toISOString() }),
      };
      return this.event(USER_SNAPSHOT, tenantId, { subject: `users/${id}`, version, data, cause });
    });
    if (events.length > 0) await append(tx, ...events);
    return users;
  }

  private async groups(tx: EntityManager, tenantId: string, after: string, cause: Cause): Promise<Held[]> {
    const groups: HeldGroup[] = await tx.query(
      `SELECT id, version, display_name AS "displayName", managed_by AS "managedBy"
       FROM groups WHERE tenant_id = $1 AND deleted_at IS NULL AND id > $2 ORDER BY id LIMIT ${STEP.groups} FOR SHARE`,
      [tenantId, after],
    );
    for (const { id, version, ...group } of groups) {
      let groupsIn: string[] | null = await idsOf(
        tx,
        'SELECT member_id AS id FROM subgroups WHERE tenant_id = $1 AND group_id = $2 ORDER BY member_id',
        [tenantId, id],
      );
      for (let usersAfter: string | null = null; ; ) {
        const users: string[] = await idsOf(
          tx,
          `SELECT user_id AS id FROM memberships WHERE tenant_id = $1 AND group_id = $2 AND user_id > $3
           ORDER BY user_id LIMIT ${MEMBERS_PER_EVENT}`,
          [tenantId, id, usersAfter ?? BEFORE_ALL],
        );
        const usersThrough: string | null = users.length === MEMBERS_PER_EVENT ? (users.at(-1) ?? null) : null;
        const data: GroupSnapshot = { groupId: id, ...group, users, usersAfter, usersThrough, groups: groupsIn };
        await append(tx, this.event(GROUP_SNAPSHOT, tenantId, { subject: `groups/${id}`, version, data, cause }));
        if (usersThrough === null) break;
        usersAfter = usersThrough;
        groupsIn = null;
      }
    }
    return groups;
  }

  private event<T extends object>(
    type: string,
    tenantId: string,
    { subject, version, data, cause }: { subject: string; version: number; data: T; cause: Cause },
  ): CloudEvent<T> {
    return cloudEvent({
      source: 'rollcall/directory',
      type,
      tenantId,
      subject,
      version,
      time: this.clock.now(),
      cause,
      data,
    });
  }
}

async function idsOf(tx: EntityManager, text: string, values: unknown[]): Promise<string[]> {
  const rows: { id: string }[] = await tx.query(text, values);
  return rows.map(({ id }) => id);
}
