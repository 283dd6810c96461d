import { Controller, Inject, UseFilters } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { DataSource } from 'typeorm';
import { ListParked, PARKED, ReplayParked } from '#billing-api/billing';
import { replayParked } from '#outbox/inbox';
import { listParked } from '#outbox/parking';
import { Answer } from '#rabbit/answer';
import { valid } from '#runtime/valid';
import { RefusalFilter } from '../commands/refusal.filter.ts';
import { SeatsService } from '../seats/seats.service.ts';

@Controller()
@UseFilters(RefusalFilter)
export class ParkingRpc {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(SeatsService) private readonly seats: SeatsService,
  ) {}

  @MessagePattern(PARKED.list)
  async list(@Payload() payload: unknown): Promise<Answer> {
    const { limit, tenantId } = valid(ListParked, payload);
    return Answer.json(200, { parked: await listParked(this.dataSource.manager, limit, tenantId) });
  }

  @MessagePattern(PARKED.replay)
  async replay(@Payload() payload: unknown): Promise<Answer> {
    const { tenantId } = valid(ReplayParked, payload);
    return Answer.json(200, { replayed: await replayParked(this.dataSource, tenantId, this.seats.apply) });
  }
}
