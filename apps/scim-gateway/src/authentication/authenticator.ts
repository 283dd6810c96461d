import { type Authenticate, CONNECTIONS, type ConnectionIdentity } from '#directory-api/connections';
import { CONNECTION_CHANGED, ConnectionChanged } from '#events/connection-changed.v1';
import { readEvent, UnreadableEvent } from '#events/read-event';
import { Unavailable } from '#rabbit/answer';
import { listen } from '#rabbit/broadcast';
import type { RabbitClient } from '#rabbit/client';
import type { RabbitConnection } from '#rabbit/connection';
import { DIRECTORY_EVENTS } from '#rabbit/topology';
import type { Clock } from '#runtime/clock';
import { logger } from '#runtime/logger';
import { LruCache } from '#runtime/lru-cache';
import { type Credentials, readCredentials } from './credentials.ts';
import { NotAccepted, refusedConnection } from './not-accepted.ts';

const CAPACITY = 10_000;

interface Remembered {
  identity: ConnectionIdentity;
  /** epoch milliseconds */
  until: number;
}

/**
 * Tells which connection stands at the door. The directory knows; its yes is remembered for a while, its no never, so
 * that credentials work from the moment they are made. What was remembered is forgotten when the connection changes.
 */
export class Authenticator {
  private readonly remembered = new LruCache<Remembered>(CAPACITY);
  private readonly questions = new Map<string, Promise<ConnectionIdentity>>();

  constructor(
    private readonly directory: Pick<RabbitClient, 'ask'>,
    private readonly clock: Clock,
    private readonly ttlMs: number,
  ) {}

  /** Hears of changed connections. Resolves when it hears. */
  async listen(connection: RabbitConnection): Promise<void> {
    const subscription = { exchange: DIRECTORY_EVENTS, keys: ['connection.#'], gap: () => this.forgetAll() };
    await listen(connection, subscription, (content) => this.heard(content));
  }

  /**
   * The connection that the Authorization header opens; at once when it is remembered.
   *
   * @throws NotAccepted: wrong or missing credentials, or SCIM is off; nobody is told which
   * @throws Unavailable when the directory cannot be asked
   */
  identify(header: string | undefined): ConnectionIdentity | Promise<ConnectionIdentity> {
    const credentials = readCredentials(header);
    if (!credentials) throw new NotAccepted();
    const key = keyOf(credentials);
    const known = this.remembered.get(key);
    if (known && known.until > this.clock.now().getTime()) return known.identity;
    return this.questions.get(key) ?? this.ask(key, credentials);
  }

  /** Reads an event of a connection; one it cannot read might be about any of them. */
  heard(content: Buffer) {
    try {
      const { type, data } = readEvent(content);
      if (type === CONNECTION_CHANGED) this.forget((data as ConnectionChanged).connectionId);
      else this.forgetAll();
    } catch (error) {
      if (!(error instanceof UnreadableEvent)) throw error;
      logger.warn({ reason: error.message }, 'an event could not be read, all credentials are asked about again');
      this.forgetAll();
    }
  }

  forgetAll() {
    this.remembered.clear();
    this.questions.clear();
  }

  private forget(connectionId: string) {
    this.remembered.deleteWhere(({ identity }) => identity.connectionId === connectionId);
    this.questions.clear();
  }

  /** Everybody who asks the same meanwhile waits for this one answer. */
  private ask(key: string, credentials: Credentials): Promise<ConnectionIdentity> {
    const question = this.askDirectory(credentials);
    this.questions.set(key, question);
    const answered = (identity?: ConnectionIdentity) => {
      // A connection changed since the question was put: the answer may be from before, so it is used but not kept.
      if (this.questions.get(key) !== question) return;
      this.questions.delete(key);
      if (identity) this.remembered.set(key, { identity, until: this.clock.now().getTime() + this.ttlMs });
    };
    question.then(answered, () => answered());
    return question;
  }

  private async askDirectory(credentials: Authenticate): Promise<ConnectionIdentity> {
    const answer = await this.directory.ask(CONNECTIONS.authenticate, credentials);
    if (answer.status === 200) return answer.json<ConnectionIdentity>();
    if (answer.status === 401) throw new NotAccepted(refusedConnection(answer));
    if (answer.status < 500) throw new NotAccepted();
    throw new Unavailable(`the directory could not check credentials (status ${answer.status})`);
  }
}

function keyOf({ tenantId, tokenHash, username }: Credentials): string {
  return username === undefined ? `${tenantId} ${tokenHash}` : `${tenantId} ${tokenHash} ${username}`;
}
