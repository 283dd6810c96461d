import { type DynamicModule, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Replay } from '#outbox/replay';
import { Clock } from '#runtime/clock';
import { HealthController, Readiness } from '#runtime/health';
import { MetricsController } from '#runtime/metrics.controller';
import { ExportsHttp } from './exports/exports.http.ts';
import { ExportsService } from './exports/exports.service.ts';
import { HistoryHttp } from './history/history.http.ts';
import { HistoryService } from './history/history.service.ts';
import { InvoicesHttp } from './invoices/invoices.http.ts';
import { InvoicesRpc } from './invoices/invoices.rpc.ts';
import { InvoicesService } from './invoices/invoices.service.ts';
import { PlansService } from './invoices/plans.service.ts';
import { KeyGuard } from './keys/key.guard.ts';
import { KeysRpc } from './keys/keys.rpc.ts';
import { KeysService } from './keys/keys.service.ts';
import { LedgerHttp } from './ledger/ledger.http.ts';
import { LedgerRpc } from './ledger/ledger.rpc.ts';
import { LedgerService } from './ledger/ledger.service.ts';
import { OpenApiHttp } from './openapi/openapi.http.ts';
import { ParkingRpc } from './parking/parking.rpc.ts';
import { Directory } from './reconcile/directory.ts';
import { ReconcileRpc } from './reconcile/reconcile.rpc.ts';
import { ReconciliationsHttp } from './reconcile/reconciliations.http.ts';
import { ReconciliationsService } from './reconcile/reconciliations.service.ts';
import { StaleSeatsService } from './reconcile/stale-seats.service.ts';
import { ReplayRpc } from './replay/replay.rpc.ts';
import { SeatsConsumer } from './seats/seats.consumer.ts';
import { SeatsHttp } from './seats/seats.http.ts';
import { SeatsRpc } from './seats/seats.rpc.ts';
import { SeatsService } from './seats/seats.service.ts';
import { Seal } from './webhooks/seal.ts';
import type { TargetRules } from './webhooks/target.ts';
import { WebhooksHttp } from './webhooks/webhooks.http.ts';
import { WebhooksRpc } from './webhooks/webhooks.rpc.ts';
import { TARGET_RULES, WebhooksService } from './webhooks/webhooks.service.ts';
import { WhyHttp } from './why/why.http.ts';
import { WhyService } from './why/why.service.ts';

@Module({})
export class AppModule {}

/** Billing on an open database. */
export function appModule(
  dataSource: DataSource,
  replay: Replay,
  directory: Directory,
  { targets, seal }: { targets: TargetRules; seal: Seal },
): DynamicModule {
  return {
    module: AppModule,
    controllers: [
      HealthController,
      MetricsController,
      SeatsConsumer,
      SeatsRpc,
      SeatsHttp,
      LedgerHttp,
      LedgerRpc,
      ReconcileRpc,
      ReconciliationsHttp,
      ParkingRpc,
      ReplayRpc,
      KeysRpc,
      HistoryHttp,
      WhyHttp,
      ExportsHttp,
      OpenApiHttp,
      WebhooksHttp,
      WebhooksRpc,
      InvoicesHttp,
      InvoicesRpc,
    ],
    providers: [
      { provide: DataSource, useValue: dataSource },
      Clock,
      Readiness,
      { provide: Replay, useValue: replay },
      { provide: Directory, useValue: directory },
      ReconciliationsService,
      StaleSeatsService,
      SeatsService,
      LedgerService,
      KeysService,
      KeyGuard,
      { provide: TARGET_RULES, useValue: targets },
      { provide: Seal, useValue: seal },
      WebhooksService,
      HistoryService,
      WhyService,
      ExportsService,
      PlansService,
      InvoicesService,
    ],
  };
}
