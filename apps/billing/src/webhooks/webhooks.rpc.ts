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
import { Problem } from '../problem/problem.ts';
import { WebhooksService } from './webhooks.service.ts';

@Controller()
@UseFilters(RefusalFilter)
export class WebhooksRpc {
  constructor(@Inject(WebhooksService) private readonly webhooks: WebhooksService) {}

  @MessagePattern(WEBHOOKS.add)
  add(@Payload() payload: unknown): Promise<Answer> {
    return answered(201, async () => this.webhooks.add(valid(AddWebhook, payload)));
  }

  @MessagePattern(WEBHOOKS.list)
  list(@Payload() payload: unknown): Promise<Answer> {
    return answered(200, async () => ({
      endpoints: await this.webhooks.list(valid(ListWebhooks, payload).tenantId),
    }));
  }

  @MessagePattern(WEBHOOKS.remove)
  remove(@Payload() payload: unknown): Promise<Answer> {
    return answered(200, async () => {
      const asked = valid(NameWebhook, payload);
      await this.webhooks.remove(asked);
      return { id: asked.id };
    });
  }

  @MessagePattern(WEBHOOKS.enable)
  enable(@Payload() payload: unknown): Promise<Answer> {
    return answered(200, async () => this.webhooks.enable(valid(NameWebhook, payload)));
  }

  @MessagePattern(WEBHOOKS.rotate)
  rotate(@Payload() payload: unknown): Promise<Answer> {
    return answered(200, async () => this.webhooks.rotate(valid(RotateWebhook, payload)));
  }

  @MessagePattern(WEBHOOKS.redeliver)
  redeliver(@Payload() payload: unknown): Promise<Answer> {
    return answered(202, async () => ({ events: await this.webhooks.redeliver(valid(RedeliverWebhook, payload)) }));
  }
}

/** What the service refuses is a problem; here it is an answer with the same words. */
async function answered(status: number, work: () => Promise<object>): Promise<Answer> {
  try {
    return Answer.json(status, await work());
  } catch (error) {
    if (error instanceof Problem) return Answer.json(error.status, { detail: error.message });
    throw error;
  }
}
