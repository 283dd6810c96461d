import type { Case, Step } from './case.ts';
import type { Pattern } from './pattern.ts';

export const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
export const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
export const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
export const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

/** An id that no resource has. */
export const NOBODY = '01900000-0000-7000-8000-000000000000';

export function user(attributes: object = {}): object {
  return { schemas: [USER], userName: 'u{{n}}@example.com', active: true, ...attributes };
}

export function group(attributes: object = {}): object {
  return { schemas: [GROUP], displayName: 'Group {{n}}', ...attributes };
}

export function patchOp(...Operations: unknown[]): object {
  return { schemas: [PATCH_OP], Operations };
}

/** Makes the case's own user and keeps its id and version. */
export function givenUser(attributes: object = {}): Step {
  return {
    request: 'POST /Users',
    body: user(attributes),
    status: 201,
    keep: { id: 'id', version: 'meta.version', lastModified: 'meta.lastModified', location: 'meta.location' },
  };
}

/** Makes the case's own group and keeps its id and version. */
export function givenGroup(attributes: object = {}): Step {
  return {
    request: 'POST /Groups',
    body: group(attributes),
    status: 201,
    keep: { id: 'id', version: 'meta.version', lastModified: 'meta.lastModified' },
  };
}

/** A case of one request. */
export function one(
  name: string,
  request: string,
  status: Step['status'],
  more: Omit<Step, 'request' | 'status'> = {},
): Case {
  return { name, steps: [{ request, status, ...more }] };
}

/** A case that makes a user, sends one request about it and says what the answer is. */
export function aboutUser(
  name: string,
  given: object,
  request: string,
  status: Step['status'],
  more: Omit<Step, 'request' | 'status'> = {},
): Case {
  return { name, steps: [givenUser(given), { request, status, ...more }] };
}

/** A case that makes a user, patches it, and reads what it has become. */
export function patched(name: string, given: object, operations: readonly unknown[], expect: Pattern): Case {
  return {
    name,
    steps: [
      givenUser(given),
      { request: 'PATCH /Users/{{id}}', body: patchOp(...operations), status: 200, expect },
      { request: 'GET /Users/{{id}}', status: 200, expect },
    ],
  };
}

/** A case that makes a user, sends a patch that must be refused, and sees that nothing has changed. */
export function notPatched(
  name: string,
  given: object,
  operations: readonly unknown[],
  scimType: string,
  status = 400,
): Case {
  return {
    name,
    steps: [
      givenUser(given),
      { request: 'PATCH /Users/{{id}}', body: patchOp(...operations), status, expect: { scimType } },
      { request: 'GET /Users/{{id}}', status: 200, expect: { meta: { version: '{{version}}' } } },
    ],
  };
}

/** A case that makes a user, sends a patch that changes nothing, and sees that nothing says otherwise. */
export function noChange(name: string, given: object, operations: readonly unknown[]): Case {
  const same = { meta: { version: '{{version}}', lastModified: '{{lastModified}}' } };
  return patched(name, given, operations, same);
}
