import { Controller, Inject, UseFilters } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { INVOICES, ListInvoices, PLANS, PreviewInvoice, SetPlan, ShowInvoice, ShowPlan } from '#billing-api/billing';
import { Answer } from '#rabbit/answer';
import { CommandContext } from '#rabbit/server';
import { currentCorrelation } from '#runtime/correlation';
import { valid } from '#runtime/valid';
import { RefusalFilter } from '../commands/refusal.filter.ts';
import { ImpossiblePlan } from '../terms/plan.ts';
import { InvoicesService } from './invoices.service.ts';
import { PlanConflict, PlansService } from './plans.service.ts';

/** Plans and invoices for the operator. */
@Controller()
@UseFilters(RefusalFilter)
export class InvoicesRpc {
  constructor(
    @Inject(PlansService) private readonly plans: PlansService,
    @Inject(InvoicesService) private readonly invoices: InvoicesService,
  ) {}

  @MessagePattern(PLANS.set)
  async set(@Payload() payload: unknown, @Ctx() { commandId }: CommandContext): Promise<Answer> {
    const requestId = currentCorrelation()?.requestId ?? commandId;
    try {
      return Answer.json(201, await this.plans.set(valid(SetPlan, payload), { commandId, requestId }));
    } catch (error) {
      if (error instanceof ImpossiblePlan) return Answer.json(400, { detail: error.message });
      if (error instanceof PlanConflict) return Answer.json(409, { detail: error.message });
      throw error;
    }
  }

  @MessagePattern(PLANS.show)
  async plan(@Payload() payload: unknown): Promise<Answer> {
    return found(await this.plans.show(valid(ShowPlan, payload).tenantId), NO_PLAN);
  }

  @MessagePattern(INVOICES.preview)
  async preview(@Payload() payload: unknown): Promise<Answer> {
    return found(await this.invoices.preview(valid(PreviewInvoice, payload)), NO_PLAN);
  }

  @MessagePattern(INVOICES.list)
  async list(@Payload() payload: unknown): Promise<Answer> {
    return Answer.json(200, { invoices: await this.invoices.list(valid(ListInvoices, payload).tenantId) });
  }

  @MessagePattern(INVOICES.show)
  async show(@Payload() payload: unknown): Promise<Answer> {
    return found(await this.invoices.show(valid(ShowInvoice, payload)), 'This tenant has no invoice of this id.');
  }
}

const NO_PLAN = 'This tenant has no plan yet: ctl billing plan set --tenant ID --plan @plan.json';

function found(answer: object | undefined, otherwise: string): Answer {
  return answer ? Answer.json(200, answer) : Answer.json(404, { detail: otherwise });
}
