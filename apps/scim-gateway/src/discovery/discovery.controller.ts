import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { resourceTypes, schemas, serviceProviderConfig } from '#scim/discovery';
import { ScimError } from '#scim/error';
import type { JsonObject } from '#scim/json';
import { listResponse } from '#scim/list';
import { BaseUrl, SCIM_PATH } from '../http/base-url.ts';
import { SCIM_JSON } from '../http/media-type.ts';
import { discoveredTypes } from '../resources/permitted-types.ts';

/** What the service can do, for this connection (RFC 7644 §4). */
@Controller(SCIM_PATH)
export class DiscoveryController {
  constructor(@Inject(BaseUrl) private readonly baseUrl: BaseUrl) {}

  @Get('ServiceProviderConfig')
  serviceProviderConfig(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    refuseFilter(request);
    send(reply, serviceProviderConfig(this.baseUrl.of(request)));
  }

  @Get('ResourceTypes')
  resourceTypes(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendList(request, reply, this.resourceTypesOf(request));
  }

  @Get('ResourceTypes/:id')
  resourceType(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    refuseFilter(request);
    send(reply, find(this.resourceTypesOf(request), id));
  }

  @Get('Schemas')
  schemas(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendList(request, reply, this.schemasOf(request));
  }

  @Get('Schemas/:id')
  schema(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    refuseFilter(request);
    send(reply, find(this.schemasOf(request), id));
  }

  private resourceTypesOf(request: FastifyRequest): JsonObject[] {
    return resourceTypes(this.baseUrl.of(request), discoveredTypes(request.identity));
  }

  private schemasOf(request: FastifyRequest): JsonObject[] {
    return schemas(this.baseUrl.of(request), discoveredTypes(request.identity));
  }
}

function send(reply: FastifyReply, body: object) {
  reply.type(SCIM_JSON).send(JSON.stringify(body));
}

function sendList(request: FastifyRequest, reply: FastifyReply, resources: JsonObject[]) {
  refuseFilter(request);
  send(reply, listResponse({ totalResults: resources.length, startIndex: 1, resources }));
}

/** @throws ScimError 403: RFC 7644 §4 forbids filters here, as an answer that ignored one would mislead */
function refuseFilter({ query }: FastifyRequest) {
  if ('filter' in (query as object))
    throw new ScimError(403, 'This endpoint cannot be filtered. Leave the filter out.');
}

/** By URN or name, in whatever case (RFC 7643 §2.1). */
function find(resources: JsonObject[], id: string): JsonObject {
  const wanted = id.toLowerCase();
  const found = resources.find((resource) => String(resource.id).toLowerCase() === wanted);
  if (!found) throw new ScimError(404, 'There is no such resource type or schema for this connection.');
  return found;
}
