import { Inject } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { Answer } from '#rabbit/answer';
import { logger } from '#runtime/logger';
import { valid } from '#runtime/valid';
import { Replay } from './replay.ts';
import { PlanReplay, REPLAY, ReplayEvents } from './replay-command.ts';

/**
 * Lets an operator publish again what was told once, step by step: the handlers of every service that has an outbox. The
 * service makes a controller of them, with its own answer to what is refused.
 */
export abstract class ReplayHandlers {
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
