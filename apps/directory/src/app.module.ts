import { type DynamicModule, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Replay } from '#outbox/replay';
import { Clock } from '#runtime/clock';
import { HealthController, Readiness } from '#runtime/health';
import { MetricsController } from '#runtime/metrics.controller';
import { ActivityConsumer } from './activity/activity.consumer.ts';
import { ActivityRpc } from './activity/activity.rpc.ts';
import { ActivityRetention, ActivityService } from './activity/activity.service.ts';
import { ConnectionsRpc } from './connections/connections.rpc.ts';
import { ConnectionsService } from './connections/connections.service.ts';
import { EntitlementsRpc } from './entitlements/entitlements.rpc.ts';
import { EntitlementsService } from './entitlements/entitlements.service.ts';
import { GroupsRpc } from './groups/groups.rpc.ts';
import { GroupsService } from './groups/groups.service.ts';
import { LocalRpc } from './local/local.rpc.ts';
import { LocalService } from './local/local.service.ts';
import { PlansConsumer } from './plans/plans.consumer.ts';
import { SeatRulesService } from './plans/seat-rules.service.ts';
import { ReplayRpc } from './replay/replay.rpc.ts';
import { SchemasRpc } from './schemas/schemas.rpc.ts';
import { SchemasService } from './schemas/schemas.service.ts';
import { TenantTypes } from './schemas/tenant-types.ts';
import { SnapshotsRpc } from './snapshots/snapshots.rpc.ts';
import { SnapshotsService } from './snapshots/snapshots.service.ts';
import { TenantsRpc } from './tenants/tenants.rpc.ts';
import { TenantsService } from './tenants/tenants.service.ts';
import { BillableRpc } from './users/billable.rpc.ts';
import { UserCreation } from './users/user-creation.ts';
import { UsersRpc } from './users/users.rpc.ts';
import { UsersService } from './users/users.service.ts';

@Module({})
export class AppModule {}

/** The directory on an open database. */
export function appModule(dataSource: DataSource, activityRetentionDays: number, replay: Replay): DynamicModule {
  return {
    module: AppModule,
    controllers: [
      HealthController,
      MetricsController,
      TenantsRpc,
      ConnectionsRpc,
      SchemasRpc,
      EntitlementsRpc,
      UsersRpc,
      BillableRpc,
      GroupsRpc,
      LocalRpc,
      ActivityConsumer,
      PlansConsumer,
      ActivityRpc,
      ReplayRpc,
      SnapshotsRpc,
    ],
    providers: [
      { provide: DataSource, useValue: dataSource },
      Clock,
      Readiness,
      { provide: Replay, useValue: replay },
      TenantsService,
      ConnectionsService,
      SchemasService,
      EntitlementsService,
      TenantTypes,
      UserCreation,
      UsersService,
      GroupsService,
      LocalService,
      { provide: ActivityRetention, useValue: new ActivityRetention(activityRetentionDays) },
      ActivityService,
      SeatRulesService,
      SnapshotsService,
    ],
  };
}
