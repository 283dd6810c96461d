import type { Scope } from '#directory-api/connections';
import { groupType } from '#scim/group';
import type { ResourceType } from '#scim/schema';
import { userType } from '#scim/user';

const PERMITTED: Record<Scope, readonly ResourceType[]> = {
  users: [userType],
  users_and_groups: [userType, groupType],
};

/** The resource types a connection may use; the admin chooses them when turning SCIM on. */
export function permittedTypes(scope: Scope): readonly ResourceType[] {
  return PERMITTED[scope];
}
