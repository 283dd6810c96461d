import { Controller, Inject, UseFilters } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { DataSource } from 'typeorm';
import { CheckSeats, CompareSeats, RECONCILE } from '#billing-api/ledger';
import { Answer } from '#rabbit/answer';
import { CommandContext } from '#rabbit/server';
import { Clock } from '#runtime/clock';
import { valid } from '#runtime/valid';
import { operatorCause } from '../commands/operator-cause.ts';
import { RefusalFilter } from '../commands/refusal.filter.ts';
import { checkSeats, compareSeats } from './reconcile.ts';

/** Billing's half of a reconciliation; who asks brings what the directory says, which billing never asks itself. */
@Controller()
@UseFilters(RefusalFilter)
export class ReconcileRpc {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  @MessagePattern(RECONCILE.compare)
  async compare(@Payload() payload: unknown): Promise<Answer> {
    return Answer.json(200, { people: await compareSeats(this.dataSource, valid(CompareSeats, payload)) });
  }

  @MessagePattern(RECONCILE.check)
  async check(@Payload() payload: unknown, @Ctx() context: CommandContext): Promise<Answer> {
    const asked = valid(CheckSeats, payload);
    const columns = [asked.userNames, asked.versions, asked.billable];
    if (columns.some(({ length }) => length !== asked.people.length)) {
      return Answer.json(400, {
        detail: 'userNames, versions and billable must each have a value for each of people.',
      });
    }
    const why = { now: this.clock.now(), cause: operatorCause(context, 'reconcile') };
    return Answer.json(
      200,
      await checkSeats(this.dataSource, { ...asked, tenantId: asked.tenantId.toLowerCase() }, why),
    );
  }
}
