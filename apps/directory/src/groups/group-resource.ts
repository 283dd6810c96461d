import { canonicalKey } from '#scim/canonical';
import { ScimError } from '#scim/error';
import { etagOf } from '#scim/etag';
import { groupType } from '#scim/group';
import type { Resource } from '#scim/resource';
import { userType } from '#scim/user';
import { checkIndexed } from '../query/index-key.ts';
import type { Group } from './group.entity.ts';

/** A member as a group shows it (RFC 7643 §4.2 `members`). */
export type MemberOfGroup = { value: string; display: string };

/** The group as SCIM sees it, with its members if they were read. */
export function toResource(group: Group & { members?: MemberOfGroup[] }, baseUrl: string): Resource {
  return {
    ...group.data,
    id: group.id,
    ...(group.members && {
      members: group.members.map((member) => ({
        ...member,
        $ref: `${baseUrl}${userType.endpoint}/${member.value}`,
        type: userType.name,
      })),
    }),
    meta: {
      resourceType: groupType.name,
      created: group.createdAt.toISOString(),
      lastModified: group.updatedAt.toISOString(),
      location: `${baseUrl}${groupType.endpoint}/${group.id}`,
      version: etagOf(group.version),
    },
  };
}

/** The columns that follow from a SCIM resource. Its members are not among them: they are rows. */
export function toColumns(resource: Resource): Pick<Group, 'displayName' | 'displayNameKey' | 'externalId' | 'data'> {
  const { members: _, ...data } = resource;
  const displayName = data.displayName;
  if (typeof displayName !== 'string' || displayName === '') {
    throw new ScimError(400, 'A group needs a displayName that is not empty.', 'invalidValue');
  }
  const displayNameKey = canonicalKey(displayName);
  const externalId = data.externalId ?? null;
  checkIndexed('displayName', displayNameKey);
  checkIndexed('externalId', externalId ?? '');
  return { displayName, displayNameKey, externalId, data };
}
