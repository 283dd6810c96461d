import { Controller, Get, HttpCode, Inject, Param, Post, Query, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ListStaleSeats, type Reconciliation, type ReconciliationSummary, type StaleSeats } from '#billing-api/ledger';
import { isId } from '#runtime/ids';
import { valid } from '#runtime/valid';
import { KeyGuard } from '../keys/key.guard.ts';
import { number } from '../ledger/ledger-query.ts';
import { Problem } from '../problem/problem.ts';
import { readReportPage } from './reconciliation-query.ts';
import { ReconciliationsService } from './reconciliations.service.ts';
import { StaleSeatsService } from './stale-seats.service.ts';

const DAYS = 30;
const LIMIT = 100;
/** How long events in flight are waited for. */
const WAIT_SECONDS = 30;

/** How billing and directory compare, and whom an identity provider may have forgotten. */
@Controller('v1/tenants/:tenantId')
@UseGuards(KeyGuard)
export class ReconciliationsHttp {
  constructor(
    @Inject(ReconciliationsService) private readonly reconciliations: ReconciliationsService,
    @Inject(StaleSeatsService) private readonly stale: StaleSeatsService,
  ) {}

  @Get('reconciliations')
  async list(
    @Param('tenantId') tenantId: string,
    @Query() query: Record<string, unknown>,
  ): Promise<{ reconciliations: ReconciliationSummary[]; next: string | null }> {
    const { before, limit } = readReportPage(query);
    const found = await this.reconciliations.list(tenantId, { before, limit });
    return { reconciliations: found, next: found.length === limit ? (found.at(-1)?.id ?? null) : null };
  }

  @Post('reconciliations')
  @HttpCode(202)
  async start(
    @Param('tenantId') tenantId: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Reconciliation> {
    const asked = { tenantId: tenantId.toLowerCase(), heal: false, waitSeconds: WAIT_SECONDS, askedBy: 'api' };
    const report = await this.reconciliations.start(asked);
    reply.header('location', `/v1/tenants/${tenantId}/reconciliations/${report.id}`);
    return report;
  }

  @Get('reconciliations/:id')
  async show(@Param('tenantId') tenantId: string, @Param('id') id: string): Promise<Reconciliation> {
    const report = isId(id) ? await this.reconciliations.show(tenantId, id) : undefined;
    if (!report) throw new Problem(404, 'There is no report of this id. List the reconciliations.');
    return report;
  }

  @Get('stale-seats')
  staleSeats(@Param('tenantId') tenantId: string, @Query() query: Record<string, unknown>): Promise<StaleSeats> {
    const asked = valid(ListStaleSeats, {
      tenantId,
      days: number(query.days, DAYS),
      ...(query.after !== undefined && { after: query.after }),
      limit: number(query.limit, LIMIT),
    });
    return this.stale.list(asked);
  }
}
