import { Readable } from 'node:stream';
import { Controller, Get, Inject, Param, Query, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { KeyGuard } from '../keys/key.guard.ts';
import { readLedgerFilter } from '../ledger/ledger-query.ts';
import { ExportsService } from './exports.service.ts';

@Controller('v1/tenants/:tenantId')
@UseGuards(KeyGuard)
export class ExportsHttp {
  constructor(@Inject(ExportsService) private readonly exports: ExportsService) {}

  @Get('ledger.csv')
  ledger(
    @Param('tenantId') tenantId: string,
    @Query() query: Record<string, unknown>,
    @Res() reply: FastifyReply,
  ): FastifyReply {
    return send(reply, 'ledger', this.exports.ledgerCsv(tenantId, readLedgerFilter(query)));
  }

  @Get('seats.csv')
  seats(@Param('tenantId') tenantId: string, @Res() reply: FastifyReply): FastifyReply {
    return send(reply, 'seats', this.exports.seatsCsv(tenantId));
  }
}

/** The stream asks for a piece when the connection has taken the one before. One that fails ends the connection, so that half a file is not taken for a whole one. */
function send(reply: FastifyReply, name: string, pieces: AsyncGenerator<string>): FastifyReply {
  return reply
    .type('text/csv; charset=utf-8; header=present')
    .header('content-disposition', `attachment; filename="${name}.csv"`)
    .send(Readable.from(pieces, { objectMode: true, highWaterMark: 1 }));
}
