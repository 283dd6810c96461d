import { Controller, Inject, UseFilters } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { DataSource } from 'typeorm';
import { BILLABLE, FindBillability, FindStale, ListBillable } from '#directory-api/billable';
import { Answer } from '#rabbit/answer';
import { Clock } from '#runtime/clock';
import { BEFORE_ALL } from '#runtime/ids';
import { valid } from '#runtime/valid';
import { RefusalFilter } from '../commands/refusal.filter.ts';
import { staleUsers } from '../stale/stale-users.ts';

/** Active people who count from when `$2` says. */
const COUNTED = "active AND deleted_at IS NULL AND (first_signed_in_at IS NOT NULL OR $2 = 'provisioned')";

/** In how many groups a person is, directly. */
const GROUPS = `(SELECT count(*) FROM memberships m WHERE m.tenant_id = $1 AND m.user_id = users.id)::integer AS groups`;

/** Tells who is billable, so that billing can compare it with the seats that are taken, and whom a provider may have forgotten. */
@Controller()
@UseFilters(RefusalFilter)
export class BillableRpc {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** A page by the index on (tenant_id, active, id). */
  @MessagePattern(BILLABLE.list)
  async list(@Payload() payload: unknown): Promise<Answer> {
    const { tenantId, billableFrom, after, limit } = valid(ListBillable, payload);
    const users = await this.dataSource.query(
      `SELECT id, version, ${GROUPS} FROM users WHERE tenant_id = $1 AND ${COUNTED} AND id > $3 ORDER BY id LIMIT $4`,
      [tenantId, billableFrom, after ?? BEFORE_ALL, limit],
    );
    return Answer.json(200, users);
  }

  @MessagePattern(BILLABLE.stale)
  async stale(@Payload() payload: unknown): Promise<Answer> {
    return Answer.json(200, await staleUsers(this.dataSource.manager, valid(FindStale, payload), this.clock.now()));
  }

  @MessagePattern(BILLABLE.states)
  async states(@Payload() payload: unknown): Promise<Answer> {
    const { tenantId, billableFrom, ids } = valid(FindBillability, payload);
    const users = await this.dataSource.query(
      `SELECT id, user_name AS "userName", version, ${COUNTED} AS billable, ${GROUPS}
       FROM users WHERE tenant_id = $1 AND id = ANY($3::uuid[])`,
      [tenantId, billableFrom, ids],
    );
    return Answer.json(200, users);
  }
}
