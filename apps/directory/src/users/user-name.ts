import { isEmail } from 'class-validator';
import { ScimError } from '#scim/error';

const WRONG_FORMAT =
  'userName must be an email address. In Okta: Sign On → Settings → Application username format → Email.';

/**
 * People sign in with their email address, so a userName that is none is refused here, at every door.
 *
 * @throws ScimError 400 invalidValue, telling where to mend it
 */
export function checkUserName(userName: unknown): string {
  if (typeof userName !== 'string' || !isEmail(userName, { allow_utf8_local_part: true })) {
    throw new ScimError(400, WRONG_FORMAT, 'invalidValue');
  }
  return userName;
}
