import type {
  CreateResource,
  DeleteResource,
  GROUPS,
  PatchResource,
  ReplaceResource,
  ScimCommand,
  USERS,
} from '#directory-api/scim-command';
import type { BulkMethod } from '#scim/bulk';
import type { Json, JsonObject } from '#scim/json';
import { readPatch } from '#scim/patch';
import type { ResourceType } from '#scim/schema';
import { readResource } from '#scim/validate';

/** The door of one type: what it holds and what the directory is asked. */
export interface Door {
  type: ResourceType;
  patterns: typeof USERS | typeof GROUPS;
}

/** A write as it came, over HTTP or as an operation of bulk. */
export interface Write {
  method: BulkMethod;
  /** of the resource; a POST has none */
  id?: string | undefined;
  /** a DELETE has none */
  body?: Json | undefined;
  ifMatch?: string | undefined;
  ifNoneMatch?: string | undefined;
}

/**
 * Checks a write against its type and makes the order to the directory of it, the same for a single request and for an
 * operation of bulk.
 *
 * @throws ScimError 400, 413: what readResource or readPatch say of the body
 */
export function writeCommand<C extends ScimCommand>({ type, patterns }: Door, command: C, write: Write) {
  const { method, id = '', body = null, ifMatch, ifNoneMatch } = write;
  const about = { ...command, id, ifMatch, ifNoneMatch };
  switch (method) {
    case 'POST': {
      const create: CreateResource = { ...command, resource: readResource(body, type) };
      return { pattern: patterns.create, command: create };
    }
    case 'PUT': {
      const replace: ReplaceResource = { ...about, resource: readResource(body, type) };
      return { pattern: patterns.replace, command: replace };
    }
    case 'PATCH': {
      readPatch(body, type);
      const patch: PatchResource = { ...about, patch: body as JsonObject };
      return { pattern: patterns.patch, command: patch };
    }
    case 'DELETE': {
      return { pattern: patterns.delete, command: about satisfies DeleteResource };
    }
  }
}
