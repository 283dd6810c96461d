import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What the billing team gets: webhook endpoints with their place in the outbox, and the ledger by time and by person.
 * `seat_hour` is a projection of the ledger by the time at which things happened; `seat_history` says up to which line.
 */
export class Webhooks1765200000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
CREATE TABLE webhook_endpoint (
  tenant_id         uuid        NOT NULL,
  id                uuid        NOT NULL,
  url               text        NOT NULL,
  description       text,
  secret            bytea       NOT NULL CHECK (length(secret) BETWEEN 24 AND 64),
  created_at        timestamptz NOT NULL,
  after_position    bigint      NOT NULL,
  epoch             integer     NOT NULL DEFAULT 0,
  mark_position     bigint,
  mark_xid          xid8,
  marked_at         timestamptz,
  attempts          integer     NOT NULL DEFAULT 0,
  failing_since     timestamptz,
  next_attempt_at   timestamptz NOT NULL,
  last_problem      text,
  last_delivered_at timestamptz,
  disabled_at       timestamptz,
  disabled_because  text,
  claim             uuid,
  claimed_until     timestamptz,
  served_at         timestamptz NOT NULL DEFAULT '-infinity',
  PRIMARY KEY (tenant_id, id)
);
CREATE TABLE webhook_delivered (
  tenant_id   uuid   NOT NULL,
  endpoint_id uuid   NOT NULL,
  position    bigint NOT NULL,
  PRIMARY KEY (tenant_id, endpoint_id, position),
  FOREIGN KEY (tenant_id, endpoint_id) REFERENCES webhook_endpoint ON DELETE CASCADE
);
CREATE TABLE webhook_redelivery (
  tenant_id   uuid        NOT NULL,
  endpoint_id uuid        NOT NULL,
  event_id    uuid        NOT NULL,
  asked_at    timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, endpoint_id, event_id),
  FOREIGN KEY (tenant_id, endpoint_id) REFERENCES webhook_endpoint ON DELETE CASCADE
);
CREATE INDEX outbox_of_tenant ON outbox (tenant_id, position);

CREATE INDEX ledger_line_by_time ON ledger_line (tenant_id, effective_at, sequence);
CREATE INDEX ledger_line_by_user ON ledger_line (tenant_id, user_id, sequence);
CREATE TABLE seat_history (
  tenant_id uuid   PRIMARY KEY,
  sequence  bigint NOT NULL
);
CREATE TABLE seat_hour (
  tenant_id     uuid        NOT NULL,
  hour          timestamptz NOT NULL,
  net           integer     NOT NULL,
  peak          integer     NOT NULL,
  peak_at       timestamptz NOT NULL,
  peak_sequence bigint      NOT NULL,
  PRIMARY KEY (tenant_id, hour) INCLUDE (net)
);`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
DROP TABLE seat_hour, seat_history, webhook_redelivery, webhook_delivered, webhook_endpoint;
DROP INDEX ledger_line_by_user, ledger_line_by_time, outbox_of_tenant;`);
  }
}
