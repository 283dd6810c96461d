import { BILLING_EVENTS, DIRECTORY_EVENTS } from '#rabbit/topology';
import { command } from './command.ts';
import { eventLine, tenantOf } from './event-line.ts';
import { eventsReplay } from './events-replay.ts';
import { flag, id, texts, whole } from './options.ts';
import { tail } from './tail.ts';

export const eventsCommands = [
  command({
    words: 'events tail',
    summary: 'print events as they happen, from now on, until Ctrl-C',
    options: {
      tenant: id('ID', 'only of this tenant'),
      type: texts('KEY', "only of this type, for example user.created.v1 or 'user.#'"),
      billing: flag("billing's events instead of the directory's"),
      count: whole(1_000_000, 'end after so many'),
    },
    async run({ tenant, type, billing, count = Number.POSITIVE_INFINITY }, session) {
      const source = {
        exchange: billing ? BILLING_EVENTS : DIRECTORY_EVENTS,
        keys: type.length > 0 ? type : ['#'],
        count,
        wanted: (content: string) => !tenant || tenantOf(content)?.toLowerCase() === tenant.toLowerCase(),
        line: (content: string) => eventLine(content, { withTenant: !tenant }),
      };
      await tail(source, session);
    },
  }),
  eventsReplay,
];
