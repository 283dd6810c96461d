import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { CloudEvent } from '#events/envelope';
import { wakeRelay } from '#outbox/relay';
import { isDatabaseAway } from '#postgres/postgres-error';
import { asColumns, type Prepared, run, unnested } from '#postgres/prepared';
import { type Shown, TELLING_COLUMNS, TELLING_TYPES, tellingValues } from '../activity/append-changes.ts';
import type { User } from './user.entity.ts';
import { USER_COLUMNS, userNameTaken, userValues } from './user-rows.ts';

/** Rows of one statement; more gain nothing. */
const MOST_ROWS = 32;
/** Statements under way at once: few is fastest, as what waits in the meantime goes together. */
const AT_ONCE = 2;

interface Waiting {
  user: User;
  event: CloudEvent;
  fact: Shown;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * Saves new users with their events: each both or neither. Those that wait at the same time become one statement, which is
 * one transaction; each still succeeds or fails alone. When idle a user is saved at once.
 */
@Injectable()
export class UserCreation {
  private readonly waiting: Waiting[] = [];
  private underWay = 0;

  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  /** @throws ScimError 409 uniqueness when the userName is taken, by whomever */
  save(user: User, event: CloudEvent, fact: Shown): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ user, event, fact, resolve, reject });
      // What came in one message is handed over in one turn of the event loop.
      if (this.waiting.length === 1) setImmediate(() => this.work());
    });
  }

  private work(): void {
    while (this.underWay < AT_ONCE && this.waiting.length > 0) {
      this.underWay += 1;
      void this.write(this.waiting.splice(0, MOST_ROWS)).finally(() => {
        this.underWay -= 1;
        this.work();
      });
    }
  }

  private async write(rows: Waiting[]): Promise<void> {
    try {
      const made = await this.insert(rows);
      for (const { event, resolve, reject } of rows) {
        if (made.has(event.id)) resolve();
        else reject(userNameTaken());
      }
      wakeRelay(this.dataSource);
    } catch (error) {
      if (rows.length > 1 && !isDatabaseAway(error)) for (const row of rows) await this.write([row]);
      else for (const { reject } of rows) reject(error);
    }
  }

  /** @returns ids of the events of the users that were made */
  private async insert(rows: Waiting[]): Promise<Set<string>> {
    const values = rows.map(({ user, event, fact }) => [
      ...userValues(user).map(asElement),
      ...tellingValues(event, fact),
    ]);
    const made = await run<{ id: string }>(this.dataSource.manager, CREATE, asColumns(values));
    return new Set(made.map(({ id }) => id));
  }
}

const USER_TYPES =
  'uuid, uuid, text, text, text, boolean, boolean, uuid, jsonb, integer, timestamptz, timestamptz, text, json';
const TYPES = [...USER_TYPES.split(', '), ...TELLING_TYPES];

/** A list cannot be an element of an array beside lists of other lengths, but its JSON can. */
function asElement(value: unknown): unknown {
  return Array.isArray(value) ? JSON.stringify(value) : value;
}

const told = TELLING_COLUMNS.split(', ').map((column) => `event_${column}`);

/** Rows in the order of their keys: two statements that meet at the same names wait for each other in one direction only. */
const CREATE: Prepared = {
  name: 'create_users',
  text: `
WITH fresh AS (
  SELECT * FROM ${unnested(TYPES)}
    AS fresh (${USER_COLUMNS}, ${told.join(', ')})
), made AS (
  INSERT INTO users (${USER_COLUMNS})
  SELECT ${USER_COLUMNS.replace('email_keys', 'ARRAY(SELECT json_array_elements_text(email_keys))')}
  FROM fresh ORDER BY tenant_id, user_name_key
  ON CONFLICT (tenant_id, user_name_key) WHERE deleted_at IS NULL DO NOTHING
  RETURNING tenant_id, id
)
INSERT INTO outbox (${TELLING_COLUMNS})
SELECT ${told.join(', ')} FROM fresh JOIN made USING (tenant_id, id)
RETURNING id`,
};
