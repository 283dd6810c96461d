import { Controller, Get, Inject, Param, UseGuards } from '@nestjs/common';
import { isId } from '#runtime/ids';
import { KeyGuard } from '../keys/key.guard.ts';
import { Problem } from '../problem/problem.ts';
import { type Why, WhyService } from './why.service.ts';

@Controller('v1/tenants/:tenantId')
@UseGuards(KeyGuard)
export class WhyHttp {
  constructor(@Inject(WhyService) private readonly answers: WhyService) {}

  @Get('people/:userId/why')
  why(@Param('tenantId') tenantId: string, @Param('userId') userId: string): Promise<Why> {
    if (!isId(userId)) throw new Problem(404, 'There is no person of this id: it is the userId of events and lines.');
    return this.answers.why(tenantId.toLowerCase(), userId.toLowerCase());
  }
}
