import { Controller, Inject, UseFilters } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { ListStaleSeats, RECONCILE, ShowReconciliation, STALE_SEATS, StartReconciliation } from '#billing-api/ledger';
import { Answer } from '#rabbit/answer';
import { valid } from '#runtime/valid';
import { RefusalFilter } from '../commands/refusal.filter.ts';
import { ReconciliationsService } from './reconciliations.service.ts';
import { StaleSeatsService } from './stale-seats.service.ts';

@Controller()
@UseFilters(RefusalFilter)
export class ReconcileRpc {
  constructor(
    @Inject(ReconciliationsService) private readonly reconciliations: ReconciliationsService,
    @Inject(StaleSeatsService) private readonly stale: StaleSeatsService,
  ) {}

  @MessagePattern(RECONCILE.start)
  async start(@Payload() payload: unknown): Promise<Answer> {
    const { tenantId, heal, waitSeconds, actor } = valid(StartReconciliation, payload);
    const asked = { tenantId: tenantId.toLowerCase(), heal, waitSeconds, askedBy: actor };
    return Answer.json(202, await this.reconciliations.start(asked));
  }

  @MessagePattern(RECONCILE.show)
  async show(@Payload() payload: unknown): Promise<Answer> {
    const { tenantId, id } = valid(ShowReconciliation, payload);
    const report = await this.reconciliations.show(tenantId, id);
    return report ? Answer.json(200, report) : Answer.json(404, { detail: 'This tenant has no report of this id.' });
  }

  @MessagePattern(STALE_SEATS.list)
  async staleSeats(@Payload() payload: unknown): Promise<Answer> {
    return Answer.json(200, await this.stale.list(valid(ListStaleSeats, payload)));
  }
}
