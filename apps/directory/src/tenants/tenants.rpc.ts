import { Controller, Inject, UseFilters } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { CreateTenant, SetSso, SSO, TENANTS } from '#directory-api/admin';
import { Answer } from '#rabbit/answer';
import { CommandContext } from '#rabbit/server';
import { valid } from '#runtime/valid';
import { causeOf } from '../commands/command.ts';
import { RefusalFilter } from '../commands/refusal.filter.ts';
import { TenantsService } from './tenants.service.ts';

@Controller()
@UseFilters(RefusalFilter)
export class TenantsRpc {
  constructor(@Inject(TenantsService) private readonly tenants: TenantsService) {}

  @MessagePattern(TENANTS.create)
  async create(@Payload() payload: unknown, @Ctx() context: CommandContext): Promise<Answer> {
    const { tenantId, name } = await this.tenants.create(valid(CreateTenant, payload), causeOf(context));
    return Answer.json(201, { tenantId, name });
  }

  @MessagePattern(TENANTS.list)
  async list(): Promise<Answer> {
    return Answer.json(200, await this.tenants.list());
  }

  @MessagePattern(SSO.set)
  async setSso(@Payload() payload: unknown): Promise<Answer> {
    const command = valid(SetSso, payload);
    await this.tenants.setSso(command);
    return Answer.json(200, { tenantId: command.tenantId, kind: command.kind });
  }
}
