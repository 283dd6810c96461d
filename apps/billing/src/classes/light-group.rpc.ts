import { Controller, Inject, UseFilters } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { DataSource } from 'typeorm';
import { LIGHT_GROUP, SetLightGroup } from '#billing-api/ledger';
import { Answer } from '#rabbit/answer';
import { CommandContext } from '#rabbit/server';
import { Clock } from '#runtime/clock';
import { valid } from '#runtime/valid';
import { operatorCause } from '../commands/operator-cause.ts';
import { RefusalFilter } from '../commands/refusal.filter.ts';
import { setLightGroup } from './light-group.ts';

@Controller()
@UseFilters(RefusalFilter)
export class LightGroupRpc {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  @MessagePattern(LIGHT_GROUP.set)
  async set(@Payload() payload: unknown, @Ctx() context: CommandContext): Promise<Answer> {
    const { tenantId, name } = valid(SetLightGroup, payload);
    const why = { now: this.clock.now(), cause: operatorCause(context, 'light_group.set') };
    const changed = await setLightGroup(this.dataSource, { tenantId: tenantId.toLowerCase(), name }, why);
    return Answer.json(200, { tenantId, name, changed });
  }
}
