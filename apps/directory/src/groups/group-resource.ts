import { canonicalKey } from '#scim/canonical';
import { ScimError } from '#scim/error';
import { etagOf } from '#scim/etag';
import { groupType } from '#scim/group';
import type { Resource } from '#scim/resource';
import type { ResourceType } from '#scim/schema';
import { userType } from '#scim/user';
import { checkIndexed } from '../query/index-key.ts';
import type { Group } from './group.entity.ts';

/** A member as a group shows it (RFC 7643 §4.2 `members`); of which type it is, is told by where it was read. */
export type MemberOfGroup = { value: string; display: string };

/** What a group holds: its users and the groups that are members of it. */
export type Members = { members: MemberOfGroup[]; subgroups: MemberOfGroup[] };

/** The group as SCIM sees it, with its members if they were read. */
export function toResource(group: Group & Partial<Members>, baseUrl: string): Resource {
  const shown = (members: MemberOfGroup[], { name, endpoint }: ResourceType) =>
    members.map((member) => ({ ...member, $ref: `${baseUrl}${endpoint}/${member.value}`, type: name }));
  return {
    ...group.data,
    id: group.id,
    ...(group.members && {
      members: [...shown(group.members, userType), ...shown(group.subgroups ?? [], groupType)],
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
