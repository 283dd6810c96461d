/**
 * What a command is answered with. `content` goes to the asker byte for byte: a SCIM answer is ready for the wire when it
 * leaves the directory, so that the gateway parses nothing.
 */
export class Answer {
  constructor(
    readonly status: number,
    readonly content: Buffer | string = '',
    readonly headers: Readonly<Record<string, string>> = {},
  ) {}

  static json(status: number, body: unknown, headers?: Record<string, string>): Answer {
    return new Answer(status, JSON.stringify(body), headers);
  }

  /** The body as JSON; for askers that do read it. */
  json<T>(): T {
    return JSON.parse(this.content.toString()) as T;
  }
}

/** The service asked could not answer in time or at all. The order may or may not have been carried out: ask again. */
export class Unavailable extends Error {
  constructor(
    reason: string,
    /** whole seconds after which it makes sense to ask again */
    readonly retryAfterSeconds = 2,
  ) {
    super(reason);
    this.name = 'Unavailable';
  }
}
