import { Controller, Inject, UseFilters } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { DataSource } from 'typeorm';
import { DiscardParked, ListDiscarded, ListParked, PARKED, ReplayParked, ShowParked } from '#billing-api/billing';
import { discardParked, listDiscarded } from '#outbox/discard';
import { replayParked } from '#outbox/inbox';
import { findParked, listParked } from '#outbox/parking';
import { Answer } from '#rabbit/answer';
import { logger } from '#runtime/logger';
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

  @MessagePattern(PARKED.show)
  async show(@Payload() payload: unknown): Promise<Answer> {
    const { tenantId, eventId } = valid(ShowParked, payload);
    const parked = await findParked(this.dataSource.manager, tenantId, eventId);
    return parked ? Answer.json(200, parked) : notParked(eventId);
  }

  @MessagePattern(PARKED.discard)
  async discard(@Payload() payload: unknown): Promise<Answer> {
    const { tenantId, eventId, reason, actor } = valid(DiscardParked, payload);
    const discarded = await discardParked(this.dataSource, { tenantId, eventId, reason, actor });
    if (discarded.outcome === 'not parked') return notParked(eventId);
    if (discarded.outcome === 'only waits') {
      const detail = `Event ${discarded.eventId} only waits behind one that is gone. Replay what is parked, or name the event to discard.`;
      return Answer.json(409, { detail });
    }
    const { outcome, ...told } = discarded;
    logger.warn({ tenantId, ...told, actor, reason }, `a parked event was ${outcome}`);
    return Answer.json(200, told);
  }

  @MessagePattern(PARKED.discarded)
  async discarded(@Payload() payload: unknown): Promise<Answer> {
    const { limit, tenantId } = valid(ListDiscarded, payload);
    return Answer.json(200, { discarded: await listDiscarded(this.dataSource.manager, limit, tenantId) });
  }
}

function notParked(eventId: string | undefined): Answer {
  const detail = eventId
    ? `Event ${eventId} is not parked, or not any more.`
    : 'Nothing is parked for this tenant, or not any more.';
  return Answer.json(404, { detail });
}
