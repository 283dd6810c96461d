import { Controller, Inject, UseFilters } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import {
  AddWebhook,
  ListWebhooks,
  NameWebhook,
  RedeliverWebhook,
  RotateWebhook,
  WEBHOOKS,
} from '#billing-api/webhooks';
import { Answer } from '#rabbit/answer';
import { valid } from '#runtime/valid';
import { RefusalFilter } from '../commands/refusal.filter.ts';
import { WebhooksService } from './webhooks.service.ts';

@Controller()
@UseFilters(RefusalFilter)
export class WebhooksRpc {
  constructor(@Inject(WebhooksService) private readonly webhooks: WebhooksService) {}

  @MessagePattern(WEBHOOKS.add)
  async add(@Payload() payload: unknown): Promise<Answer> {
    return Answer.json(201, await this.webhooks.add(valid(AddWebhook, payload)));
  }

  @MessagePattern(WEBHOOKS.list)
  async list(@Payload() payload: unknown): Promise<Answer> {
    return Answer.json(200, { endpoints: await this.webhooks.list(valid(ListWebhooks, payload).tenantId) });
  }

  @MessagePattern(WEBHOOKS.remove)
  async remove(@Payload() payload: unknown): Promise<Answer> {
    const asked = valid(NameWebhook, payload);
    await this.webhooks.remove(asked);
    return Answer.json(200, { id: asked.id });
  }

  @MessagePattern(WEBHOOKS.enable)
  async enable(@Payload() payload: unknown): Promise<Answer> {
    return Answer.json(200, await this.webhooks.enable(valid(NameWebhook, payload)));
  }

  @MessagePattern(WEBHOOKS.rotate)
  async rotate(@Payload() payload: unknown): Promise<Answer> {
    return Answer.json(200, await this.webhooks.rotate(valid(RotateWebhook, payload)));
  }

  @MessagePattern(WEBHOOKS.redeliver)
  async redeliver(@Payload() payload: unknown): Promise<Answer> {
    return Answer.json(202, { events: await this.webhooks.redeliver(valid(RedeliverWebhook, payload)) });
  }
}
