import type { Session } from './command.ts';
import { jsonLine } from './event-line.ts';

/** What is listened to, and how what comes is shown. */
export interface Tail {
  exchange: string;
  keys: string[];
  /** end after so many */
  count: number;
  wanted(content: string): boolean;
  line(content: string): string;
}

/** Prints what is published as it happens, from now on, until so many were printed or the person ends it. */
export async function tail({ exchange, keys, count, wanted, line }: Tail, { broker, json, print, note }: Session) {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  let printed = 0;
  let listening = false;

  const heard = (content: Buffer) => {
    const text = content.toString();
    if (printed >= count || !wanted(text)) return;
    print(json ? jsonLine(text) : line(text));
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
}
