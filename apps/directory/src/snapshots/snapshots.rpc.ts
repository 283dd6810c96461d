import { Controller, Inject, UseFilters } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { SNAPSHOTS, TellSnapshots } from '#directory-api/snapshots';
import { Answer } from '#rabbit/answer';
import { CommandContext } from '#rabbit/server';
import { valid } from '#runtime/valid';
import { causeOf } from '../commands/command.ts';
import { RefusalFilter } from '../commands/refusal.filter.ts';
import { SnapshotsService } from './snapshots.service.ts';

/** Tells everything as it is, step by step, for a consumer that begins anew. */
@Controller()
@UseFilters(RefusalFilter)
export class SnapshotsRpc {
  constructor(@Inject(SnapshotsService) private readonly snapshots: SnapshotsService) {}

  @MessagePattern(SNAPSHOTS.tell)
  async tell(@Payload() payload: unknown, @Ctx() context: CommandContext): Promise<Answer> {
    return Answer.json(200, await this.snapshots.tell(valid(TellSnapshots, payload), causeOf(context)));
  }
}
