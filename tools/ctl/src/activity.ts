import {
  ACTIVITY,
  CURSOR_PATTERN,
  cursorAfter,
  type HandledRequest,
  type ListActivity,
  type ShowActivity,
  type ShownActivity,
  STATUS_PATTERN,
} from '#directory-api/activity';
import { DIRECTORY_COMMANDS, SCIM_REQUESTS } from '#rabbit/topology';
import { activityEventLine, activityLine, causedLines, toldOf } from './activity-line.ts';
import { command, question } from './command.ts';
import { tenantOf } from './event-line.ts';
import { UsageError } from './failure.ts';
import { flag, id, type Option, required, tenant, text, time, whole } from './options.ts';
import { tail } from './tail.ts';
import { plain } from './text.ts';

const PAGE = 50;

const status: Option<string | undefined> = {
  placeholder: 'STATUS',
  summary: 'only answered so: 409, or 4xx',
  read([first]) {
    if (first === undefined || STATUS_PATTERN.test(String(first))) return first as string | undefined;
    throw new UsageError('--status takes a status such as 409, or a class of them such as 4xx');
  },
};

const before: Option<string | undefined> = {
  placeholder: 'CURSOR',
  summary: 'go on after this request, as the last line of a full page says',
  read([first]) {
    if (first === undefined || CURSOR_PATTERN.test(String(first))) return first as string | undefined;
    throw new UsageError('--before takes what the last line of a page says: a time, a slash and an id');
  },
};

/** What to leave out, of what is kept and of what is heard. */
const filters = {
  status,
  errors: flag('only what failed: answered 400 or more'),
  connection: id('ID', 'only of this connection'),
  resource: id('ID', 'only about the user or group of this id'),
};

export const activityCommands = [
  question({
    words: 'activity list',
    summary: "the SCIM requests of a tenant's connection, newest first",
    options: {
      tenant,
      ...filters,
      since: time('only from this time on, for example 2026-01-31T12:00:00Z'),
      until: time('only before this time'),
      before,
      limit: whole(1_000, `how many at most (${PAGE} if not given)`),
    },
    queue: DIRECTORY_COMMANDS,
    pattern: ACTIVITY.list,
    payload: ({ tenant: tenantId, connection, resource, limit, ...asked }): ListActivity => ({
      tenantId,
      ...(connection && { connectionId: connection }),
      ...(resource && { resourceId: resource }),
      ...(Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined)) as typeof asked),
      limit: limit ?? PAGE,
    }),
    show: (requests: HandledRequest[], { limit }) =>
      requests.length === 0 ? 'No requests.' : requests.map(activityLine).join('\n') + continuation(requests, limit),
  }),
  question({
    words: 'activity show',
    summary: 'one request, the events it made happen, and what each of them changed',
    options: { tenant, request: required(text('ID', 'its X-Request-Id, which every answer has')) },
    queue: DIRECTORY_COMMANDS,
    pattern: ACTIVITY.show,
    payload: ({ tenant: tenantId, request: requestId }): ShowActivity => ({ tenantId, requestId }),
    show: (shown: ShownActivity) => [...shown.requests.map(activityLine), ...causedLines(shown)].join('\n'),
  }),
  command({
    words: 'activity tail',
    summary: 'print SCIM requests as they are answered, from now on, until Ctrl-C',
    options: {
      tenant: id('ID', 'only of this tenant'),
      ...filters,
      count: whole(1_000_000, 'end after so many'),
    },
    async run({ tenant, count = Number.POSITIVE_INFINITY, ...asked }, session) {
      const source = {
        exchange: SCIM_REQUESTS,
        keys: ['#'],
        count,
        wanted: (content: string) => (!tenant || tenantOf(content) === tenant) && isWanted(toldOf(content), asked),
        line: activityEventLine,
      };
      await tail(source, session);
    },
  }),
];

function isWanted(
  told: Partial<HandledRequest>,
  { status, errors, connection, resource }: { [name in keyof typeof filters]: string | true | undefined },
): boolean {
  return (
    (!status || isOf(String(status), told.status)) &&
    (!errors || Number(told.status) >= 400) &&
    (!connection || told.connectionId === connection) &&
    (!resource || told.resourceId === resource)
  );
}

function isOf(status: string, actual: number | undefined): boolean {
  return status.endsWith('xx') ? String(actual)[0] === status[0] : String(actual) === status;
}

/** The last line under a full page: how to see what is older. */
function continuation(requests: readonly HandledRequest[], limit = PAGE): string {
  const last = requests.at(-1);
  return last === undefined || requests.length < limit
    ? ''
    : `\nMore may follow: --before '${plain(cursorAfter(last))}'`;
}
