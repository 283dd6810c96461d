import { AsyncLocalStorage } from 'node:async_hooks';

/** What ties the log lines, commands and events of one piece of work together. */
export interface Correlation {
  requestId: string;
}

const storage = new AsyncLocalStorage<Correlation>();

/** Runs `work` so that every log line within it carries the correlation. */
export function withCorrelation<T>(correlation: Correlation, work: () => T): T {
  return storage.run(correlation, work);
}

export function currentCorrelation(): Correlation | undefined {
  return storage.getStore();
}
