import { type DynamicModule, Module } from '@nestjs/common';
import { RabbitClient } from '#rabbit/client';
import { HealthController, Readiness } from '#runtime/health';
import { MetricsController } from '#runtime/metrics.controller';
import { BulkController } from './bulk/bulk.controller.ts';
import { DiscoveryController } from './discovery/discovery.controller.ts';
import { EntitlementsController, RolesController } from './entitlements/catalogue.controller.ts';
import { BaseUrl } from './http/base-url.ts';
import { GroupsController } from './resources/groups.controller.ts';
import { RootController } from './resources/root.controller.ts';
import { UsersController } from './resources/users.controller.ts';

@Module({})
export class AppModule {}

/** The gateway's doors, on a connected client of the directory. */
export function appModule({ directory, baseUrl }: { directory: RabbitClient; baseUrl: BaseUrl }): DynamicModule {
  return {
    module: AppModule,
    controllers: [
      HealthController,
      MetricsController,
      DiscoveryController,
      UsersController,
      GroupsController,
      RolesController,
      EntitlementsController,
      RootController,
      BulkController,
    ],
    providers: [Readiness, { provide: RabbitClient, useValue: directory }, { provide: BaseUrl, useValue: baseUrl }],
  };
}
