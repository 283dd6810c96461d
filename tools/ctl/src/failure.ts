/** The command line is wrong: exit status 2. The message is one line that says what to write instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The command could not be carried out: exit status 1. The message is one line that says what to do. */
export class Failure extends Error {
  override readonly name = 'Failure';
}
