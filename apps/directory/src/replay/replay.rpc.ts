import { Controller, Inject, UseFilters } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { Replay } from '#outbox/replay';
import { PlanReplay, REPLAY, ReplayEvents } from '#outbox/replay-command';
import { Answer } from '#rabbit/answer';
import { logger } from '#runtime/logger';
import { valid } from '#runtime/valid';
import { RefusalFilter } from '../commands/refusal.filter.ts';

/** Lets an operator publish again what was told once, step by step. */
@Controller()
@UseFilters(RefusalFilter)
export class ReplayRpc {
  constructor(@Inject(Replay) private readonly replay: Replay) {}

  @MessagePattern(REPLAY.plan)
  async plan(@Payload() payload: unknown): Promise<Answer> {
    return Answer.json(200, await this.replay.plan(valid(PlanReplay, payload)));
  }

  @MessagePattern(REPLAY.run)
  async run(@Payload() payload: unknown): Promise<Answer> {
    const command = valid(ReplayEvents, payload);
    const progress = await this.replay.run(command);
    logger.info({ ...command, ...progress }, 'events were published again');
    return Answer.json(200, progress);
  }
}
