import {
  type CreateLocalGroup,
  type GroupMember,
  type GroupSummary,
  type ListGroupMembers,
  type ListLocal,
  LOCAL_GROUPS,
  type NameGroup,
  type ProtectGroup,
} from '#directory-api/admin';
import { DIRECTORY_COMMANDS } from '#rabbit/topology';
import { question } from './command.ts';
import { flag, required, tenant, text, texts } from './options.ts';
import { manager, more, pageByIdOptions, pageOf, pageOptions } from './page.ts';
import { counted, plain, table, yesNo } from './text.ts';

interface CreatedGroup {
  id: string;
  displayName: string;
  members: number;
}

export const groupsCommands = [
  question({
    words: 'groups create',
    summary: 'make a local group, as the app would',
    options: {
      tenant,
      name: required(text('NAME', 'what the group is called')),
      member: texts('EMAIL', 'userName of a first member'),
      group: texts('NAME', 'a group that is a member of it from the start'),
    },
    queue: DIRECTORY_COMMANDS,
    pattern: LOCAL_GROUPS.create,
    payload: ({ tenant: tenantId, name, member, group }): CreateLocalGroup => ({
      tenantId,
      name,
      members: member,
      ...(group.length > 0 && { groups: group }),
    }),
    show: ({ id, displayName, members }: CreatedGroup) =>
      `Group ${plain(displayName)} with ${counted(members, 'member')} has the id ${id}`,
  }),
  question({
    words: 'groups protect',
    summary: 'forbid that an identity provider takes a local group over',
    options: { tenant, name: required(text('NAME', 'what the group is called')), off: flag('lift the protection') },
    queue: DIRECTORY_COMMANDS,
    pattern: LOCAL_GROUPS.protect,
    payload: ({ tenant: tenantId, name, off }): ProtectGroup => ({ tenantId, name, protected: !off }),
    show: (group: { displayName: string; protected: boolean }) =>
      `Group ${plain(group.displayName)} ${group.protected ? 'is protected' : 'can be linked again'}`,
  }),
  question({
    words: 'groups unlink',
    summary: 'undo the link of a group: what the provider brought ends, who was there stays',
    options: { tenant, name: required(text('NAME', 'what the group is called')) },
    queue: DIRECTORY_COMMANDS,
    pattern: LOCAL_GROUPS.unlink,
    payload: ({ tenant: tenantId, name }): NameGroup => ({ tenantId, name }),
    show: ({ displayName }: { displayName: string }) => `Group ${plain(displayName)} is local again`,
  }),
  question({
    words: 'groups list',
    summary: 'the groups of a tenant, by name',
    options: { tenant, ...pageOptions },
    queue: DIRECTORY_COMMANDS,
    pattern: LOCAL_GROUPS.list,
    payload: ({ tenant: tenantId, ...page }): ListLocal => ({ tenantId, ...pageOf(page) }),
    show: (groups: GroupSummary[], { limit }) =>
      table(
        groups,
        [
          ['GROUP', ({ displayName }) => displayName],
          ['MEMBERS', ({ members }) => members],
          ['MANAGED BY', manager],
          ['ID', ({ id }) => id],
        ],
        'No groups.',
      ) +
      more(
        groups.map(({ displayName }) => displayName),
        limit,
      ),
  }),
  question({
    words: 'groups members',
    summary: 'who is in a group, people and groups, by id',
    options: {
      tenant,
      name: required(text('NAME', 'what the group is called')),
      effective: flag('people alone, also those who are in it through other groups'),
      ...pageByIdOptions,
    },
    queue: DIRECTORY_COMMANDS,
    pattern: LOCAL_GROUPS.members,
    payload: ({ tenant: tenantId, name, effective, ...page }): ListGroupMembers => ({
      tenantId,
      name,
      ...(effective && { effective }),
      ...pageOf(page),
    }),
    show: (members: GroupMember[], { limit }) =>
      table(
        members,
        [
          ['MEMBER', ({ name }) => name],
          ['TYPE', ({ type }) => type],
          ['ACTIVE', ({ active }) => (active === null ? '' : yesNo(active))],
          ['THROUGH', ({ through }) => through ?? 'direct'],
          ['MANAGED BY', provenance],
          ['ID', ({ id }) => id],
        ],
        'No members.',
      ) +
      more(
        members.map(({ id }) => id),
        limit,
      ),
  }),
];

/** A membership may be the app's, a connection's, or both. */
function provenance({ local, connectionId }: GroupMember): string {
  return [...(local ? ['local'] : []), ...(connectionId === null ? [] : [connectionId])].join(', ');
}
