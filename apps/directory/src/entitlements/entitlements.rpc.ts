import { Controller, Inject, UseFilters } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import {
  AddEntitlement,
  CATALOGUE,
  CATALOGUE_READS,
  ListEntitlements,
  NameEntitlement,
} from '#directory-api/entitlements';
import { GetResource, ListResources } from '#directory-api/scim-command';
import { Answer } from '#rabbit/answer';
import { CommandContext } from '#rabbit/server';
import { valid } from '#runtime/valid';
import { type CatalogueKind, catalogueTypes } from '#scim/okta-entitlements';
import { causeOf } from '../commands/command.ts';
import { RefusalFilter } from '../commands/refusal.filter.ts';
import { listAnswer, readAnswer } from '../commands/scim-answer.ts';
import { EntitlementsService } from './entitlements.service.ts';

@Controller()
@UseFilters(RefusalFilter)
export class EntitlementsRpc {
  constructor(@Inject(EntitlementsService) private readonly entitlements: EntitlementsService) {}

  @MessagePattern(CATALOGUE.add)
  async add(@Payload() payload: unknown, @Ctx() context: CommandContext): Promise<Answer> {
    return Answer.json(200, await this.entitlements.add(valid(AddEntitlement, payload), causeOf(context)));
  }

  @MessagePattern(CATALOGUE.list)
  async list(@Payload() payload: unknown): Promise<Answer> {
    return Answer.json(200, await this.entitlements.list(valid(ListEntitlements, payload)));
  }

  @MessagePattern(CATALOGUE.remove)
  async remove(@Payload() payload: unknown, @Ctx() context: CommandContext): Promise<Answer> {
    return Answer.json(200, await this.entitlements.remove(valid(NameEntitlement, payload), causeOf(context)));
  }

  @MessagePattern(CATALOGUE_READS.Role.get)
  getRole(@Payload() payload: unknown): Promise<Answer> {
    return this.get('Role', payload);
  }

  @MessagePattern(CATALOGUE_READS.Role.list)
  listRoles(@Payload() payload: unknown): Promise<Answer> {
    return this.page('Role', payload);
  }

  @MessagePattern(CATALOGUE_READS.Entitlement.get)
  getEntitlement(@Payload() payload: unknown): Promise<Answer> {
    return this.get('Entitlement', payload);
  }

  @MessagePattern(CATALOGUE_READS.Entitlement.list)
  listEntitlements(@Payload() payload: unknown): Promise<Answer> {
    return this.page('Entitlement', payload);
  }

  private async get(kind: CatalogueKind, payload: unknown): Promise<Answer> {
    const command = valid(GetResource, payload);
    return readAnswer(await this.entitlements.get(command, kind), catalogueTypes[kind], command);
  }

  private async page(kind: CatalogueKind, payload: unknown): Promise<Answer> {
    const command = valid(ListResources, payload);
    return listAnswer(await this.entitlements.page(command, kind), catalogueTypes[kind], command);
  }
}
