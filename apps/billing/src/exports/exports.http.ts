import { Controller, Get, Inject, Param, Query, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { KeyGuard } from '../keys/key.guard.ts';
import { readLedgerFilter } from '../ledger/ledger-query.ts';
import { ExportsService } from './exports.service.ts';
import { sendCsv } from './send-csv.ts';

@Controller('v1/tenants/:tenantId')
@UseGuards(KeyGuard)
export class ExportsHttp {
  constructor(@Inject(ExportsService) private readonly exports: ExportsService) {}

  @Get('ledger.csv')
  ledger(
    @Param('tenantId') tenantId: string,
    @Query() query: Record<string, unknown>,
    @Res() reply: FastifyReply,
  ): FastifyReply {
    return sendCsv(reply, 'ledger', this.exports.ledgerCsv(tenantId, readLedgerFilter(query)));
  }

  @Get('seats.csv')
  seats(@Param('tenantId') tenantId: string, @Res() reply: FastifyReply): FastifyReply {
    return sendCsv(reply, 'seats', this.exports.seatsCsv(tenantId));
  }
}
