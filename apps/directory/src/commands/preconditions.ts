import { ScimError } from '#scim/error';
import { ifMatch, ifNoneMatch } from '#scim/etag';

/** What the client said of the version that it means, as the headers came. */
export interface Conditions {
  ifMatch?: string;
  ifNoneMatch?: string;
}

/**
 * RFC 7644 §3.14 over RFC 9110 §13.1, checked under the row's lock, so that check and write are one step.
 *
 * @throws ScimError 412 when the resource is not as the client says it must be
 */
export function checkMatch(conditions: Conditions, version: number): void {
  if (!ifMatch(conditions.ifMatch, version)) {
    throw new ScimError(412, 'The resource has changed since you read it. Read it again and repeat the change.');
  }
  if (!ifNoneMatch(conditions.ifNoneMatch, version)) {
    throw new ScimError(412, 'If-None-Match names the version that the resource has, so nothing was changed.');
  }
}
