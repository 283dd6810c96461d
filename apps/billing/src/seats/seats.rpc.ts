import { Controller, Inject, UseFilters } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { CountSeats, SEATS } from '#billing-api/billing';
import { Answer } from '#rabbit/answer';
import { valid } from '#runtime/valid';
import { RefusalFilter } from '../commands/refusal.filter.ts';
import { SeatsService } from './seats.service.ts';

@Controller()
@UseFilters(RefusalFilter)
export class SeatsRpc {
  constructor(@Inject(SeatsService) private readonly seats: SeatsService) {}

  @MessagePattern(SEATS.count)
  async count(@Payload() payload: unknown): Promise<Answer> {
    return Answer.json(200, await this.seats.count(valid(CountSeats, payload).tenantId));
  }
}
