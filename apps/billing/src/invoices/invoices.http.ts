import { Controller, Get, Inject, Param, Query, UseGuards } from '@nestjs/common';
import type { InvoiceAnswer, InvoiceSummary, PlanAnswer } from '#billing-api/billing';
import { isId } from '#runtime/ids';
import { KeyGuard } from '../keys/key.guard.ts';
import { readLedgerQuery } from '../ledger/ledger-query.ts';
import { Problem } from '../problem/problem.ts';
import { InvoicesService } from './invoices.service.ts';
import { PlansService } from './plans.service.ts';

type Parameters = Record<string, unknown>;

/** Plan and invoices of a tenant, for its billing team. */
@Controller('v1/tenants/:tenantId')
@UseGuards(KeyGuard)
export class InvoicesHttp {
  constructor(
    @Inject(PlansService) private readonly plans: PlansService,
    @Inject(InvoicesService) private readonly invoices: InvoicesService,
  ) {}

  @Get('plan')
  async plan(@Param('tenantId') tenantId: string): Promise<PlanAnswer> {
    return found(await this.plans.show(tenantId.toLowerCase()), NO_PLAN);
  }

  @Get('invoices/preview')
  async preview(@Param('tenantId') tenantId: string, @Query() query: Parameters): Promise<InvoiceAnswer> {
    const { after, limit } = readLedgerQuery(query);
    return found(await this.invoices.preview({ tenantId: tenantId.toLowerCase(), after, limit }), NO_PLAN);
  }

  @Get('invoices')
  async list(@Param('tenantId') tenantId: string): Promise<{ invoices: InvoiceSummary[] }> {
    return { invoices: await this.invoices.list(tenantId.toLowerCase()) };
  }

  @Get('invoices/:invoiceId')
  async show(
    @Param('tenantId') tenantId: string,
    @Param('invoiceId') invoiceId: string,
    @Query() query: Parameters,
  ): Promise<InvoiceAnswer> {
    const { after, limit } = readLedgerQuery(query);
    if (!isId(invoiceId)) throw new Problem(404, NO_INVOICE);
    const invoice = await this.invoices.show({ tenantId: tenantId.toLowerCase(), invoiceId, after, limit });
    return found(invoice, NO_INVOICE);
  }
}

const NO_PLAN = 'This tenant has no plan yet. The operator of Rollcall sets one: ctl billing plan set.';
const NO_INVOICE = 'This tenant has no invoice of this id. GET …/invoices lists those there are.';

function found<T>(answer: T | undefined, otherwise: string): T {
  if (answer === undefined) throw new Problem(404, otherwise);
  return answer;
}
