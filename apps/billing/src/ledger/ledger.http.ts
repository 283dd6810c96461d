import { Controller, Get, Inject, Param, Query, UseGuards } from '@nestjs/common';
import { KeyGuard } from '../keys/key.guard.ts';
import { type LedgerPage, LedgerService } from './ledger.service.ts';
import { readLedgerFilter, readLedgerQuery } from './ledger-query.ts';

@Controller('v1/tenants/:tenantId/ledger')
@UseGuards(KeyGuard)
export class LedgerHttp {
  constructor(@Inject(LedgerService) private readonly ledger: LedgerService) {}

  @Get()
  page(@Param('tenantId') tenantId: string, @Query() query: Record<string, unknown>): Promise<LedgerPage> {
    return this.ledger.page(tenantId, { ...readLedgerQuery(query), ...readLedgerFilter(query) });
  }
}
