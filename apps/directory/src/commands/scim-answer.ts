import type { GetResource, ListResources } from '#directory-api/scim-command';
import { Answer } from '#rabbit/answer';
import { etagOf, ifNoneMatch, versionOf } from '#scim/etag';
import { listResponse } from '#scim/list';
import { project, readProjection } from '#scim/projection';
import type { Resource } from '#scim/resource';
import type { ResourceType } from '#scim/schema';

interface Wanted {
  attributes?: string[];
  excludedAttributes?: string[];
}

/** The body a client gets of a resource (RFC 7644 §3.9: projection holds for write answers too), with its ETag. */
export function resourceAnswer(status: number, resource: Resource, type: ResourceType, wanted: Wanted): Answer {
  const body = JSON.stringify(project(resource, readProjection(wanted, type)));
  return new Answer(status, body, { etag: resource.meta?.version ?? '', location: resource.meta?.location ?? '' });
}

/** The same for a read: 304 when the client has this version already (RFC 7644 §3.14). */
export function readAnswer(resource: Resource, type: ResourceType, command: GetResource): Answer {
  const etag = resource.meta?.version ?? '';
  if (!ifNoneMatch(command.ifNoneMatch, versionOf(etag))) return new Answer(304, '', { etag });
  return resourceAnswer(200, resource, type, command);
}

/** RFC 7644 §3.4.2; by cursor RFC 9865 §2. */
export function listAnswer(
  page: { totalResults: number; nextCursor?: string | undefined; resources: Resource[] },
  type: ResourceType,
  command: ListResources,
): Answer {
  const projection = readProjection(command, type);
  const resources = page.resources.map((resource) => project(resource, projection));
  const { totalResults, nextCursor } = page;
  const startIndex = command.cursor === undefined ? command.startIndex : undefined;
  return Answer.json(200, listResponse({ totalResults, startIndex, nextCursor, resources }));
}

export function noContent(version?: number): Answer {
  return new Answer(204, '', version === undefined ? {} : { etag: etagOf(version) });
}
