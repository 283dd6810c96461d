import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, UseGuards } from '@nestjs/common';
import {
  AddWebhook,
  NameWebhook,
  type NewWebhookEndpoint,
  RedeliverWebhook,
  RotateWebhook,
  type WebhookEndpoint,
} from '#billing-api/webhooks';
import { isId } from '#runtime/ids';
import { valid } from '#runtime/valid';
import { KeyGuard } from '../keys/key.guard.ts';
import { Problem } from '../problem/problem.ts';
import { WebhooksService } from './webhooks.service.ts';

@Controller('v1/tenants/:tenantId/webhooks')
@UseGuards(KeyGuard)
export class WebhooksHttp {
  constructor(@Inject(WebhooksService) private readonly webhooks: WebhooksService) {}

  @Get()
  async list(@Param('tenantId') tenantId: string): Promise<{ endpoints: WebhookEndpoint[] }> {
    return { endpoints: await this.webhooks.list(tenantId) };
  }

  @Post()
  async add(@Param('tenantId') tenantId: string, @Body() body: unknown): Promise<NewWebhookEndpoint> {
    return this.webhooks.add(valid(AddWebhook, { ...object(body), tenantId }));
  }

  @Get(':id')
  async get(@Param('tenantId') tenantId: string, @Param('id') id: string): Promise<WebhookEndpoint> {
    return this.webhooks.get(named(tenantId, id));
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(@Param('tenantId') tenantId: string, @Param('id') id: string): Promise<void> {
    await this.webhooks.remove(named(tenantId, id));
  }

  @Post(':id/enable')
  @HttpCode(200)
  async enable(@Param('tenantId') tenantId: string, @Param('id') id: string): Promise<WebhookEndpoint> {
    return this.webhooks.enable(named(tenantId, id));
  }

  @Post(':id/rotate')
  @HttpCode(200)
  async rotate(
    @Param('tenantId') tenantId: string,
    @Param('id') id: string,
    @Body() body: unknown,
  ): Promise<NewWebhookEndpoint> {
    return this.webhooks.rotate(valid(RotateWebhook, { ...object(body ?? {}), ...named(tenantId, id) }));
  }

  @Post(':id/redeliver')
  @HttpCode(202)
  async redeliver(@Param('tenantId') tenantId: string, @Param('id') id: string, @Body() body: unknown) {
    const asked = valid(RedeliverWebhook, { ...object(body), ...named(tenantId, id) });
    return { events: await this.webhooks.redeliver(asked) };
  }
}

/** @throws Problem 404: an id that is none names no endpoint */
function named(tenantId: string, id: string): NameWebhook {
  if (!isId(id)) throw new Problem(404, 'There is no webhook endpoint of this id. List the endpoints.');
  return { tenantId, id };
}

function object(body: unknown): object {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body;
  throw new Problem(400, 'Send a JSON object.');
}
