import { Controller, Inject, UseFilters } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { DataSource } from 'typeorm';
import { applyInOrder } from '#outbox/inbox';
import type { Delivery } from '#rabbit/ordered-consumer';
import { RethrowFilter } from '#rabbit/rethrow.filter';
import { BILLING_DIRECTORY_EVENTS } from '#rabbit/topology';
import { SeatsService } from './seats.service.ts';

/** Takes the directory's events in ordered batches, each batch one transaction; what throws is held and tried again. */
@Controller()
@UseFilters(RethrowFilter)
export class SeatsConsumer {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(SeatsService) private readonly seats: SeatsService,
  ) {}

  @EventPattern<string>(BILLING_DIRECTORY_EVENTS.name)
  async consume(@Payload() batch: Delivery[]): Promise<void> {
    await applyInOrder(this.dataSource, batch, this.seats.apply);
  }
}
