import { Controller, Inject, UseFilters } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { CreateKey, KEYS, ListKeys, RevokeKey } from '#billing-api/billing';
import { Answer } from '#rabbit/answer';
import { valid } from '#runtime/valid';
import { RefusalFilter } from '../commands/refusal.filter.ts';
import { KeysService } from './keys.service.ts';

@Controller()
@UseFilters(RefusalFilter)
export class KeysRpc {
  constructor(@Inject(KeysService) private readonly keys: KeysService) {}

  @MessagePattern(KEYS.create)
  async create(@Payload() payload: unknown): Promise<Answer> {
    return Answer.json(201, await this.keys.create(valid(CreateKey, payload)));
  }

  @MessagePattern(KEYS.list)
  async list(@Payload() payload: unknown): Promise<Answer> {
    return Answer.json(200, { keys: await this.keys.list(valid(ListKeys, payload).tenantId) });
  }

  @MessagePattern(KEYS.revoke)
  async revoke(@Payload() payload: unknown): Promise<Answer> {
    return Answer.json(200, await this.keys.revoke(valid(RevokeKey, payload)));
  }
}
