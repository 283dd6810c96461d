import { Controller, Get, Inject, Param, Query, UseGuards } from '@nestjs/common';
import { isId } from '#runtime/ids';
import { KeyGuard } from '../keys/key.guard.ts';
import { Problem } from '../problem/problem.ts';
import { HistoryService, type SeatDay, type SeatPeak, type Why } from './history.service.ts';
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

  @Get('people/:userId/why')
  why(@Param('tenantId') tenantId: string, @Param('userId') userId: string): Promise<Why> {
    if (!isId(userId)) throw new Problem(404, 'There is no person of this id: it is the userId of events and lines.');
    return this.history.why(tenantId.toLowerCase(), userId.toLowerCase());
  }
}
