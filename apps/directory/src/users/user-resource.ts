import { canonicalKey } from '#scim/canonical';
import { etagOf } from '#scim/etag';
import type { Resource } from '#scim/resource';
import { userType } from '#scim/user';
import { checkIndexed, userKeys } from '../query/index-key.ts';
import type { User } from './user.entity.ts';
import { checkUserName } from './user-name.ts';

/** A group as a user shows it (RFC 7643 §4.1.2 `groups`). */
export type GroupOfUser = { value: string; display: string };

/** The groups that hold a user, and those that hold one of these, over any number of levels, and not the user. */
export type Groups = { groups: GroupOfUser[]; indirectGroups?: GroupOfUser[] | null };

/** The user as SCIM sees it: what is stored, and what is derived. */
export function toResource(user: User & Groups, baseUrl: string): Resource {
  const location = `${baseUrl}${userType.endpoint}/${user.id}`;
  const shown = (groups: GroupOfUser[], type: 'direct' | 'indirect') =>
    groups.map((group) => ({ ...group, $ref: `${baseUrl}/Groups/${group.value}`, type }));
  return {
    ...user.data,
    id: user.id,
    groups: [...shown(user.groups, 'direct'), ...shown(user.indirectGroups ?? [], 'indirect')],
    meta: {
      resourceType: userType.name,
      created: user.createdAt.toISOString(),
      lastModified: user.updatedAt.toISOString(),
      location,
      version: etagOf(user.version),
    },
  };
}

/**
 * The columns that follow from a SCIM resource.
 *
 * @throws ScimError 400 when userName is not an email address, or it or externalId is too long to be looked up
 */
export function toColumns(
  resource: Resource,
): Pick<User, 'userName' | 'userNameKey' | 'displayNameKey' | 'emailKeys' | 'externalId' | 'active' | 'data'> {
  const userName = checkUserName(resource.userName);
  const userNameKey = canonicalKey(userName);
  const externalId = resource.externalId ?? null;
  checkIndexed('userName', userNameKey);
  checkIndexed('externalId', externalId ?? '');
  const active = resource.active !== false;
  return {
    userName,
    userNameKey,
    externalId,
    ...userKeys(resource),
    active,
    data: { ...resource, active },
  };
}
