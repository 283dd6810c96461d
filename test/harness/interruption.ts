/** A signal asked a command to end. */
export class Interrupted extends Error {
  /** @param code what the process should end with: 128 and the signal's number */
  constructor(readonly code: number) {
    super('Interrupted');
  }
}

/**
 * What a command races its work against, so that it cleans up when a signal comes.
 *
 * @returns a promise that only ever rejects: with Interrupted, or with what `interrupt` was given
 */
export function interruption(): { interrupted: Promise<never>; interrupt: (reason: Error) => void } {
  const { promise: interrupted, reject: interrupt } = Promise.withResolvers<never>();
  interrupted.catch(() => {});
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.on(signal, () => interrupt(new Interrupted(code)));
  }
  return { interrupted, interrupt };
}
