import { Controller, Inject, UseFilters } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { Delivery } from '#rabbit/ordered-consumer';
import { RethrowFilter } from '#rabbit/rethrow.filter';
import { DIRECTORY_SCIM_REQUESTS } from '#rabbit/topology';
import { ActivityService } from './activity.service.ts';

/** Takes what the gateways tell of their requests, in batches; a batch that throws is held and tried again. */
@Controller()
@UseFilters(RethrowFilter)
export class ActivityConsumer {
  constructor(@Inject(ActivityService) private readonly activity: ActivityService) {}

  @EventPattern<string>(DIRECTORY_SCIM_REQUESTS.name)
  async consume(@Payload() batch: Delivery[]): Promise<void> {
    await this.activity.store(batch);
  }
}
