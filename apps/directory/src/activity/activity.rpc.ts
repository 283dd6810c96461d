import { Controller, Inject, UseFilters } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { ACTIVITY, ListActivity, ShowActivity } from '#directory-api/activity';
import { Answer } from '#rabbit/answer';
import { valid } from '#runtime/valid';
import { RefusalFilter } from '../commands/refusal.filter.ts';
import { ActivityService } from './activity.service.ts';

@Controller()
@UseFilters(RefusalFilter)
export class ActivityRpc {
  constructor(@Inject(ActivityService) private readonly activity: ActivityService) {}

  @MessagePattern(ACTIVITY.list)
  async list(@Payload() payload: unknown): Promise<Answer> {
    return Answer.json(200, await this.activity.list(valid(ListActivity, payload)));
  }

  @MessagePattern(ACTIVITY.show)
  async show(@Payload() payload: unknown): Promise<Answer> {
    return Answer.json(200, await this.activity.show(valid(ShowActivity, payload)));
  }
}
