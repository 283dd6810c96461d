import { All, Controller, Get, Inject, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GROUPS, type ListResources, USERS } from '#directory-api/scim-command';
import { Answer } from '#rabbit/answer';
import { RabbitClient } from '#rabbit/client';
import { ScimError } from '#scim/error';
import { parseFilter } from '#scim/filter';
import { groupType } from '#scim/group';
import type { JsonObject } from '#scim/json';
import { type ListResponse, listResponse, readListQuery, readSearchRequest } from '#scim/list';
import type { ResourceType } from '#scim/schema';
import { BaseUrl, SCIM_PATH } from '../http/base-url.ts';
import { readJson } from '../http/body.ts';
import { sendAnswer } from './answer.ts';
import { asQuery, commandOf } from './command.ts';
import { permittedTypes } from './permitted-types.ts';

/** What is asked of all types at once (RFC 7644 §3.4.2.1, §3.4.3), and who is asking (§3.11). */
@Controller(SCIM_PATH)
export class RootController {
  constructor(
    @Inject(RabbitClient) private readonly directory: RabbitClient,
    @Inject(BaseUrl) private readonly baseUrl: BaseUrl,
  ) {}

  /** One list of the users and then the groups. The two are counted and read one after the other, not at one instant. */
  @Get()
  async list(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const { startIndex, count, filter } = readListQuery(request.query as Record<string, unknown>);
    const types = typesThatKnow(filter, permittedTypes(request.identity));
    const command = commandOf(request, this.baseUrl);
    const resources: JsonObject[] = [];
    let totalResults = 0;
    for (const type of types) {
      const part: ListResources = {
        ...command,
        startIndex: Math.max(1, startIndex - totalResults),
        count: count - resources.length,
        filter,
      };
      const answer = await this.directory.ask(type.name === groupType.name ? GROUPS.list : USERS.list, part);
      if (answer.status !== 200) return sendAnswer(reply, answer);
      const page = answer.json<ListResponse<JsonObject>>();
      resources.push(...(page.Resources ?? []));
      totalResults += page.totalResults;
    }
    sendAnswer(reply, Answer.json(200, listResponse({ totalResults, startIndex, resources })));
  }

  @Post('.search')
  async search(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    await this.list(asQuery(request, readSearchRequest(readJson(request))), reply);
  }

  /** @throws ScimError 501: a connection's credentials belong to no user */
  @All('Me')
  me() {
    throw new ScimError(501, 'These credentials belong to a connection and not to a user. Use /Users and an id.');
  }
}

/**
 * The types that a filter can be about. One that lacks an attribute which the filter names has nothing to find.
 *
 * @throws ScimError 400 `invalidFilter`: it fits no type
 */
function typesThatKnow(filter: string | undefined, types: readonly ResourceType[]): readonly ResourceType[] {
  if (filter === undefined) return types;
  let refusal: unknown;
  const known = types.filter((type) => {
    try {
      return parseFilter(filter, type);
    } catch (error) {
      refusal ??= error;
      return false;
    }
  });
  if (known.length === 0) throw refusal;
  return known;
}
