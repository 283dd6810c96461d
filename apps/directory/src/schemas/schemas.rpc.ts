import { Controller, Inject, UseFilters } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { ListSchemas, NameSchema, RegisterSchema, RemoveSchema, SCHEMAS } from '#directory-api/schemas';
import { Answer } from '#rabbit/answer';
import { CommandContext } from '#rabbit/server';
import { valid } from '#runtime/valid';
import { causeOf } from '../commands/command.ts';
import { RefusalFilter } from '../commands/refusal.filter.ts';
import { SchemasService } from './schemas.service.ts';

@Controller()
@UseFilters(RefusalFilter)
export class SchemasRpc {
  constructor(@Inject(SchemasService) private readonly schemas: SchemasService) {}

  @MessagePattern(SCHEMAS.register)
  async register(@Payload() payload: unknown, @Ctx() context: CommandContext): Promise<Answer> {
    return Answer.json(200, await this.schemas.register(valid(RegisterSchema, payload), causeOf(context)));
  }

  @MessagePattern(SCHEMAS.list)
  async list(@Payload() payload: unknown): Promise<Answer> {
    return Answer.json(200, await this.schemas.list(valid(ListSchemas, payload)));
  }

  @MessagePattern(SCHEMAS.show)
  async show(@Payload() payload: unknown): Promise<Answer> {
    return Answer.json(200, await this.schemas.show(valid(NameSchema, payload)));
  }

  @MessagePattern(SCHEMAS.remove)
  async remove(@Payload() payload: unknown, @Ctx() context: CommandContext): Promise<Answer> {
    return Answer.json(200, { urn: await this.schemas.remove(valid(RemoveSchema, payload), causeOf(context)) });
  }
}
