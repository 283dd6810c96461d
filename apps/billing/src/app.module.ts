import { type DynamicModule, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Replay } from '#outbox/replay';
import { Clock } from '#runtime/clock';
import { HealthController, Readiness } from '#runtime/health';
import { MetricsController } from '#runtime/metrics.controller';
import { InvoicesHttp } from './invoices/invoices.http.ts';
import { InvoicesRpc } from './invoices/invoices.rpc.ts';
import { InvoicesService } from './invoices/invoices.service.ts';
import { PlansService } from './invoices/plans.service.ts';
import { KeyGuard } from './keys/key.guard.ts';
import { KeysRpc } from './keys/keys.rpc.ts';
import { KeysService } from './keys/keys.service.ts';
import { LedgerHttp } from './ledger/ledger.http.ts';
import { LedgerService } from './ledger/ledger.service.ts';
import { ParkingRpc } from './parking/parking.rpc.ts';
import { ReplayRpc } from './replay/replay.rpc.ts';
import { SeatsConsumer } from './seats/seats.consumer.ts';
import { SeatsHttp } from './seats/seats.http.ts';
import { SeatsRpc } from './seats/seats.rpc.ts';
import { SeatsService } from './seats/seats.service.ts';

@Module({})
export class AppModule {}

/** Billing on an open database. */
export function appModule(dataSource: DataSource, replay: Replay): DynamicModule {
  return {
    module: AppModule,
    controllers: [
      HealthController,
      MetricsController,
      SeatsConsumer,
      SeatsRpc,
      SeatsHttp,
      LedgerHttp,
      ParkingRpc,
      ReplayRpc,
      KeysRpc,
      InvoicesHttp,
      InvoicesRpc,
    ],
    providers: [
      { provide: DataSource, useValue: dataSource },
      Clock,
      Readiness,
      { provide: Replay, useValue: replay },
      SeatsService,
      LedgerService,
      KeysService,
      KeyGuard,
      PlansService,
      InvoicesService,
    ],
  };
}
