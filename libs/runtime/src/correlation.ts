import { AsyncLocalStorage } from 'node:async_hooks';

/** What ties the log lines, commands and events of one piece of work together. */
export interface Correlation {
  requestId: string;
  /** W3C trace context of the work, to be handed on */
  traceparent?: string;
  /** what the work gets done only in part, by kind: how often; absent where nobody asks for it */
  warnings?: Record<string, number>;
}

const storage = new AsyncLocalStorage<Correlation>();

/** Runs `work` so that every log line within it carries the correlation. */
export function withCorrelation<T>(correlation: Correlation, work: () => T): T {
  return storage.run(correlation, work);
}

export function currentCorrelation(): Correlation | undefined {
  return storage.getStore();
}

/**
 * Counts what the current work leaves out without failing, for its record; RabbitServer answers with it. It knows nothing
 * of transactions: in one that is tried again after a deadlock it counts again.
 */
export function countWarning(kind: string, count: number): void {
  const warnings = storage.getStore()?.warnings;
  if (warnings) warnings[kind] = (warnings[kind] ?? 0) + count;
}
