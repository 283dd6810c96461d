import type { MigrationInterface, QueryRunner } from 'typeorm';
import { INBOX_TABLES, OUTBOX_TABLES } from '#outbox/schema';

export class Initial1764000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
CREATE TABLE seat (
  tenant_id uuid        NOT NULL,
  user_id   uuid        NOT NULL,
  user_name text        NOT NULL,
  occupied  boolean     NOT NULL,
  version   bigint      NOT NULL CHECK (version > 0),
  since     timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, user_id)
);

CREATE TABLE ledger_line (
  tenant_id    uuid        NOT NULL,
  sequence     bigint      NOT NULL CHECK (sequence > 0),
  id           uuid        NOT NULL,
  user_id      uuid        NOT NULL,
  kind         text        NOT NULL CHECK (kind IN ('occupied', 'released')),
  effective_at timestamptz NOT NULL,
  recorded_at  timestamptz NOT NULL,
  event_id     uuid        NOT NULL,
  event_type   text        NOT NULL,
  command_id   uuid        NOT NULL,
  request_id   text        NOT NULL,
  actor        text        NOT NULL,
  in_use       integer     NOT NULL CHECK (in_use >= 0),
  PRIMARY KEY (tenant_id, sequence),
  CONSTRAINT an_event_is_counted_once UNIQUE (tenant_id, event_id, kind)
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % is refused. Correct it with a further line.', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER ledger_line_is_append_only
  BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_line
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE balance (
  tenant_id uuid    PRIMARY KEY,
  in_use    integer NOT NULL CHECK (in_use >= 0),
  sequence  bigint  NOT NULL CHECK (sequence >= 0)
);

CREATE TABLE api_key (
  tenant_id  uuid        NOT NULL,
  id         uuid        NOT NULL,
  key_hash   text        NOT NULL,
  label      text,
  created_at timestamptz NOT NULL,
  revoked_at timestamptz,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, key_hash)
);
${OUTBOX_TABLES}${INBOX_TABLES}`);
  }

  async down(): Promise<void> {
    throw new Error('The first migration has nothing to go back to: drop the database instead.');
  }
}
