import { Controller, Get, Inject, Param, UseGuards } from '@nestjs/common';
import type { SeatCount } from '#billing-api/billing';
import { KeyGuard } from '../keys/key.guard.ts';
import { SeatsService } from './seats.service.ts';

@Controller('v1/tenants/:tenantId/seats')
@UseGuards(KeyGuard)
export class SeatsHttp {
  constructor(@Inject(SeatsService) private readonly seats: SeatsService) {}

  @Get()
  count(@Param('tenantId') tenantId: string): Promise<SeatCount> {
    return this.seats.count(tenantId.toLowerCase());
  }
}
