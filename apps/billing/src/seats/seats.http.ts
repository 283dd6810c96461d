import { Controller, Get, Inject, Param, Query, UseGuards } from '@nestjs/common';
import type { SeatCount } from '#billing-api/billing';
import { HistoryService, type PastSeatCount } from '../history/history.service.ts';
import { instant } from '../history/history-query.ts';
import { KeyGuard } from '../keys/key.guard.ts';
import { SeatsService } from './seats.service.ts';

@Controller('v1/tenants/:tenantId/seats')
@UseGuards(KeyGuard)
export class SeatsHttp {
  constructor(
    @Inject(SeatsService) private readonly seats: SeatsService,
    @Inject(HistoryService) private readonly history: HistoryService,
  ) {}

  @Get()
  count(
    @Param('tenantId') tenantId: string,
    @Query() query: Record<string, unknown>,
  ): Promise<SeatCount | PastSeatCount> {
    const at = instant(query, 'at');
    if (at) return this.history.at(tenantId.toLowerCase(), at);
    return this.seats.count(tenantId.toLowerCase());
  }
}
