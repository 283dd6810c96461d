import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GROUPS, USERS } from '#directory-api/scim-command';
import { RabbitClient } from '#rabbit/client';
import { bulkResponse, readBulk, refuseLargeBulk } from '#scim/bulk';
import { nextCommand } from '../activity/commands.ts';
import { BaseUrl, SCIM_PATH } from '../http/base-url.ts';
import { readJson } from '../http/body.ts';
import { foreignErrorBody } from '../http/error-body.ts';
import { SCIM_JSON } from '../http/media-type.ts';
import { logFailure, refusalOf } from '../http/refusal.ts';
import { commandOn } from '../resources/command.ts';
import { typesOf } from '../resources/tenant-types.ts';
import { type Door, writeCommand } from '../resources/write-command.ts';
import { runBulk } from './bulk-run.ts';

/** Clients give up after 60 s */
const TIME_MS = 55_000;
/** Id and version come in headers, so that a group's members need not be read. A PATCH that asks for attributes is 200 for 204. */
const ID_ALONE = { attributes: ['id'] };

/** Many writes in one request (RFC 7644 §3.7), each as if it had come alone. */
@Controller(SCIM_PATH)
export class BulkController {
  constructor(
    @Inject(RabbitClient) private readonly directory: RabbitClient,
    @Inject(BaseUrl) private readonly baseUrl: BaseUrl,
  ) {}

  @Post('Bulk')
  async bulk(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const end = performance.now() + TIME_MS;
    if (request.body instanceof Buffer) refuseLargeBulk(request.body.length);
    const bulk = readBulk(readJson(request));
    const baseUrl = this.baseUrl.of(request);
    const results = await runBulk(bulk, {
      doors: doorsOf(request),
      baseUrl,
      ask: async (door, write) => {
        const command = commandOn(door.type, request, this.baseUrl);
        const wanted = write.method === 'PATCH' ? {} : ID_ALONE;
        const order = writeCommand(door, { ...command, ...wanted }, write);
        return this.directory.ask(order.pattern, order.command, nextCommand(reply));
      },
      msLeft: () => end - performance.now(),
      errorIn: ({ status, content }) => JSON.parse(foreignErrorBody(status, content.toString(), request.id)),
      errorOf: (failure) => {
        const { error } = refusalOf(failure, request);
        logFailure(failure, error);
        return error;
      },
    });
    reply
      .type(SCIM_JSON)
      .status(200)
      .send(JSON.stringify(bulkResponse(results)));
  }
}

function doorsOf({ identity }: FastifyRequest): Door[] {
  const { user, group } = typesOf(identity);
  return [
    { type: user, patterns: USERS },
    { type: group, patterns: GROUPS },
  ];
}
