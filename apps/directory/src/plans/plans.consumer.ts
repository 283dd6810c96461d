import { Controller, Inject, UseFilters } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { Delivery } from '#rabbit/ordered-consumer';
import { RethrowFilter } from '#rabbit/rethrow.filter';
import { DIRECTORY_PLANS } from '#rabbit/topology';
import { SeatRulesService } from './seat-rules.service.ts';

/** Hears of plans that begin to hold; a batch that throws is held and tried again. */
@Controller()
@UseFilters(RethrowFilter)
export class PlansConsumer {
  constructor(@Inject(SeatRulesService) private readonly rules: SeatRulesService) {}

  @EventPattern<string>(DIRECTORY_PLANS.name)
  async consume(@Payload() batch: Delivery[]): Promise<void> {
    await this.rules.apply(batch);
  }
}
