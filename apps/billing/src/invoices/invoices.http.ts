import { Controller, Get, Inject, Param, Query, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { InvoiceAnswer, InvoiceSummary, PlanAnswer, ShowInvoice } from '#billing-api/billing';
import { isId } from '#runtime/ids';
import { ExportsService } from '../exports/exports.service.ts';
import { sendCsv } from '../exports/send-csv.ts';
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
    @Inject(ExportsService) private readonly exports: ExportsService,
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
    return this.closed(tenantId, invoiceId, readLedgerQuery(query));
  }

  @Get('invoices/:invoiceId/lines.csv')
  async lines(
    @Param('tenantId') tenantId: string,
    @Param('invoiceId') invoiceId: string,
    @Res() reply: FastifyReply,
  ): Promise<FastifyReply> {
    const { term, currency } = await this.closed(tenantId, invoiceId, { after: 0, limit: 1 });
    return sendCsv(reply, `invoice-${term.number}`, this.exports.invoiceCsv(tenantId, { id: invoiceId, currency }));
  }

  private async closed(
    tenantId: string,
    invoiceId: string,
    page: Pick<ShowInvoice, 'after' | 'limit'>,
  ): Promise<InvoiceAnswer> {
    if (!isId(invoiceId)) throw new Problem(404, NO_INVOICE);
    return found(await this.invoices.show({ tenantId: tenantId.toLowerCase(), invoiceId, ...page }), NO_INVOICE);
  }
}

const NO_PLAN = 'This tenant has no plan yet. The operator of Rollcall sets one: ctl billing plan set.';
const NO_INVOICE = 'This tenant has no invoice of this id. GET …/invoices lists those there are.';

function found<T>(answer: T | undefined, otherwise: string): T {
  if (answer === undefined) throw new Problem(404, otherwise);
  return answer;
}
