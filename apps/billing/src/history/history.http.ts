import { Controller, Get, Inject, Param, Query, UseGuards } from '@nestjs/common';
import { KeyGuard } from '../keys/key.guard.ts';
import { HistoryService, type SeatDay, type SeatPeak } from './history.service.ts';
import { readDays, readPeople } from './history-query.ts';

@Controller('v1/tenants/:tenantId')
@UseGuards(KeyGuard)
export class HistoryHttp {
  constructor(@Inject(HistoryService) private readonly history: HistoryService) {}

  @Get('seats/daily')
  async daily(
    @Param('tenantId') tenantId: string,
    @Query() query: Record<string, unknown>,
  ): Promise<{ days: SeatDay[] }> {
    return { days: await this.history.daily(tenantId.toLowerCase(), readDays(query)) };
  }

  @Get('seats/peak')
  peak(@Param('tenantId') tenantId: string, @Query() query: Record<string, unknown>): Promise<SeatPeak> {
    return this.history.peak(tenantId.toLowerCase(), readDays(query), readPeople(query));
  }
}
