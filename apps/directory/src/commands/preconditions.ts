import { ScimError } from '#scim/error';
import { ifMatch } from '#scim/etag';

/**
 * RFC 7644 §3.14, checked under the row's lock, so that check and write are one step.
 *
 * @throws ScimError 412 when the client's copy is not the newest
 */
export function checkMatch(header: string | undefined, version: number): void {
  if (header !== undefined && !ifMatch(header, version)) {
    throw new ScimError(412, 'The resource has changed since you read it. Read it again and repeat the change.');
  }
}
