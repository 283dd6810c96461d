import { type CreateLocalUser, type ListLocal, LOCAL_USERS, type SignIn, type UserSummary } from '#directory-api/admin';
import { DIRECTORY_COMMANDS } from '#rabbit/topology';
import { question } from './command.ts';
import { flag, required, tenant, text } from './options.ts';
import { manager, more, pageOf, pageOptions } from './page.ts';
import { plain, table, yesNo } from './text.ts';

export const usersCommands = [
  question({
    words: 'users create',
    summary: 'make a local user, as the app would',
    options: {
      tenant,
      email: required(text('EMAIL', 'the address, which is also the userName')),
      'given-name': text('NAME', 'first name'),
      'family-name': text('NAME', 'last name'),
      admin: flag('an administrator of the tenant'),
    },
    queue: DIRECTORY_COMMANDS,
    pattern: LOCAL_USERS.create,
    payload: ({
      tenant: tenantId,
      email,
      'given-name': givenName,
      'family-name': familyName,
      admin,
    }): CreateLocalUser => ({
      tenantId,
      email,
      ...(givenName && { givenName }),
      ...(familyName && { familyName }),
      ...(admin && { admin }),
    }),
    show: ({ id, userName }: { id: string; userName: string }) => `User ${plain(userName)} has the id ${id}`,
  }),
  question({
    words: 'users sign-in',
    summary: 'tell that a user signed in to the app; the first time is kept',
    options: { tenant, email: required(text('EMAIL', 'the userName')) },
    queue: DIRECTORY_COMMANDS,
    pattern: LOCAL_USERS.signIn,
    payload: ({ tenant: tenantId, email }): SignIn => ({ tenantId, userName: email }),
    show: ({ userName, firstSignedInAt }: { userName: string; firstSignedInAt: string }) =>
      `${plain(userName)} signed in for the first time at ${firstSignedInAt}`,
  }),
  question({
    words: 'users list',
    summary: 'the users of a tenant, by name',
    options: { tenant, ...pageOptions },
    queue: DIRECTORY_COMMANDS,
    pattern: LOCAL_USERS.list,
    payload: ({ tenant: tenantId, ...page }): ListLocal => ({ tenantId, ...pageOf(page) }),
    show: (users: UserSummary[], { limit }) =>
      table(
        users,
        [
          ['USER', ({ userName }) => userName],
          ['ACTIVE', ({ active }) => yesNo(active)],
          ['ADMIN', ({ admin }) => yesNo(admin)],
          ['MANAGED BY', manager],
          ['ID', ({ id }) => id],
        ],
        'No users.',
      ) +
      more(
        users.map(({ userName }) => userName),
        limit,
      ),
  }),
];
