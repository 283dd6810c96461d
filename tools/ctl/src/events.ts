import { BILLING_EVENTS, DIRECTORY_EVENTS } from '#rabbit/topology';
import { command } from './command.ts';
import { eventLine, jsonLine, tenantOf } from './event-line.ts';
import { flag, id, texts, whole } from './options.ts';

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
    async run({ tenant, type, billing, count = Number.POSITIVE_INFINITY }, { broker, json, print, note }) {
      const exchange = billing ? BILLING_EVENTS : DIRECTORY_EVENTS;
      const keys = type.length > 0 ? type : ['#'];
      const { promise: ended, resolve: end } = Promise.withResolvers<void>();
      let printed = 0;
      let listening = false;

      const heard = (content: Buffer) => {
        const text = content.toString();
        if (printed >= count || (tenant && tenantOf(text) !== tenant)) return;
        print(json ? jsonLine(text) : eventLine(text, { withTenant: !tenant }));
        if (++printed >= count) end();
      };
      const gap = () => {
        if (listening) note('The broker was away and is back: events of that time are not shown.');
        else note(`Listening to ${exchange} (${keys.join(', ')}). Ctrl-C ends.`);
        listening = true;
      };

      process.once('SIGINT', end).once('SIGTERM', end);
      try {
        await broker.hear({ exchange, keys, gap }, heard);
        await ended;
      } finally {
        process.off('SIGINT', end).off('SIGTERM', end);
      }
    },
  }),
];
