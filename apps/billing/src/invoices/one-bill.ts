import { Unavailable } from '#rabbit/answer';

/** Bills that may wait: what comes beyond is asked to come again. */
const MOST_WAITING = 100;
const RETRY_AFTER_S = 5;

let waiting = 0;
let last: Promise<unknown> = Promise.resolve();

/**
 * Bills one tenant after another in this process: a bill takes memory for all seats of its tenant. To be asked before any
 * lock of the database is taken, since whoever bills may have to wait for one.
 *
 * @throws Unavailable when a hundred others wait already
 */
export async function oneBill<T>(work: () => Promise<T>): Promise<T> {
  if (waiting === MOST_WAITING) throw new Unavailable(`${MOST_WAITING} bills are to be made before`, RETRY_AFTER_S);
  waiting++;
  const mine = last.then(work).finally(() => {
    waiting--;
  });
  last = mine.catch(() => {});
  return mine;
}
