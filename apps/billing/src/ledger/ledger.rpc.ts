import { Controller, Inject, UseFilters } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { DataSource } from 'typeorm';
import { LEDGER, ListLedgers, VerifyLedger } from '#billing-api/ledger';
import { Answer } from '#rabbit/answer';
import { BEFORE_ALL } from '#runtime/ids';
import { valid } from '#runtime/valid';
import { RefusalFilter } from '../commands/refusal.filter.ts';
import { verifyLedger } from './verify.ts';

@Controller()
@UseFilters(RefusalFilter)
export class LedgerRpc {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  @MessagePattern(LEDGER.tenants)
  async tenants(@Payload() payload: unknown): Promise<Answer> {
    const { after, limit } = valid(ListLedgers, payload);
    const rows = await this.dataSource.query<{ id: string }[]>(
      'SELECT tenant_id AS id FROM balance WHERE tenant_id > $1 ORDER BY tenant_id LIMIT $2',
      [after ?? BEFORE_ALL, limit],
    );
    return Answer.json(
      200,
      rows.map(({ id }) => id),
    );
  }

  @MessagePattern(LEDGER.verify)
  async verify(@Payload() payload: unknown): Promise<Answer> {
    return Answer.json(200, await verifyLedger(this.dataSource, valid(VerifyLedger, payload).tenantId.toLowerCase()));
  }
}
