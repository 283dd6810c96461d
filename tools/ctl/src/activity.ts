import {
  ACTIVITY,
  type CausedEvent,
  type HandledRequest,
  type ListActivity,
  type ShowActivity,
  type ShownActivity,
  STATUS_PATTERN,
} from '#directory-api/activity';
import { DIRECTORY_COMMANDS, SCIM_REQUESTS } from '#rabbit/topology';
import { activityEventLine, activityLine, statusOf } from './activity-line.ts';
import { command, question } from './command.ts';
import { tenantOf } from './event-line.ts';
import { UsageError } from './failure.ts';
import { id, type Option, required, tenant, text, whole } from './options.ts';
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

const since: Option<string | undefined> = {
  placeholder: 'TIME',
  summary: 'only from this time on, for example 2026-01-31T12:00:00Z',
  read([first]) {
    if (first === undefined) return undefined;
    const time = new Date(String(first));
    if (Number.isNaN(time.getTime())) throw new UsageError('--since takes a time such as 2026-01-31T12:00:00Z');
    return time.toISOString();
  },
};

export const activityCommands = [
  question({
    words: 'activity list',
    summary: "the SCIM requests of a tenant's connection, newest first",
    options: { tenant, status, since, limit: whole(1_000, `how many at most (${PAGE} if not given)`) },
    queue: DIRECTORY_COMMANDS,
    pattern: ACTIVITY.list,
    payload: ({ tenant: tenantId, status, since, limit }): ListActivity => ({
      tenantId,
      ...(status && { status }),
      ...(since && { since }),
      limit: limit ?? PAGE,
    }),
    show: (requests: HandledRequest[]) => requests.map(activityLine).join('\n') || 'No requests.',
  }),
  question({
    words: 'activity show',
    summary: 'one request and the events it made happen',
    options: { tenant, request: required(text('ID', 'its X-Request-Id, which every answer has')) },
    queue: DIRECTORY_COMMANDS,
    pattern: ACTIVITY.show,
    payload: ({ tenant: tenantId, request: requestId }): ShowActivity => ({ tenantId, requestId }),
    show: ({ requests, events }: ShownActivity) =>
      [...requests.map(activityLine), ...(events.length > 0 ? events.map(eventLine) : ['  no events'])].join('\n'),
  }),
  command({
    words: 'activity tail',
    summary: 'print SCIM requests as they are answered, from now on, until Ctrl-C',
    options: {
      tenant: id('ID', 'only of this tenant'),
      status,
      count: whole(1_000_000, 'end after so many'),
    },
    async run({ tenant, status, count = Number.POSITIVE_INFINITY }, session) {
      const source = {
        exchange: SCIM_REQUESTS,
        keys: ['#'],
        count,
        wanted: (content: string) =>
          (!tenant || tenantOf(content) === tenant) && (!status || isOf(status, statusOf(content))),
        line: activityEventLine,
      };
      await tail(source, session);
    },
  }),
];

function isOf(status: string, actual: number | undefined): boolean {
  return status.endsWith('xx') ? String(actual)[0] === status[0] : String(actual) === status;
}

function eventLine({ type, subject, version, changed }: CausedEvent): string {
  return plain(`  ${type} ${subject} v${version}${changed ? ` changed=${changed.join(',')}` : ''}`);
}
