import { Controller, Inject, UseFilters } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import {
  Authenticate,
  CONNECTIONS,
  DisableConnection,
  EnableConnection,
  RotateToken,
} from '#directory-api/connections';
import { Answer } from '#rabbit/answer';
import { CommandContext } from '#rabbit/server';
import { valid } from '#runtime/valid';
import { causeOf } from '../commands/command.ts';
import { RefusalFilter } from '../commands/refusal.filter.ts';
import { ConnectionsService } from './connections.service.ts';
import { CredentialsRefused } from './credentials-refused.ts';

@Controller()
@UseFilters(RefusalFilter)
export class ConnectionsRpc {
  constructor(@Inject(ConnectionsService) private readonly connections: ConnectionsService) {}

  @MessagePattern(CONNECTIONS.authenticate)
  async authenticate(@Payload() payload: unknown): Promise<Answer> {
    try {
      return Answer.json(200, await this.connections.authenticate(valid(Authenticate, payload)));
    } catch (error) {
      if (error instanceof CredentialsRefused && error.connection) return Answer.json(401, error.connection);
      throw error;
    }
  }

  @MessagePattern(CONNECTIONS.enable)
  async enable(@Payload() payload: unknown, @Ctx() context: CommandContext): Promise<Answer> {
    return Answer.json(200, await this.connections.enable(valid(EnableConnection, payload), causeOf(context)));
  }

  @MessagePattern(CONNECTIONS.disable)
  async disable(@Payload() payload: unknown, @Ctx() context: CommandContext): Promise<Answer> {
    const command = valid(DisableConnection, payload);
    await this.connections.disable(command, causeOf(context));
    return Answer.json(200, { tenantId: command.tenantId, enabled: false });
  }

  @MessagePattern(CONNECTIONS.rotate)
  async rotate(@Payload() payload: unknown, @Ctx() context: CommandContext): Promise<Answer> {
    return Answer.json(200, await this.connections.rotate(valid(RotateToken, payload), causeOf(context)));
  }
}
